console.log('maild');
