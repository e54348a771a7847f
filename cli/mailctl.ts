console.log('mailctl');
