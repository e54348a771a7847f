/** Screen 3: what waits, why, and everything that can be done about it; however many messages that is. */
import { useEffect } from 'react';
import { useKept } from '../hooks/use-store.ts';
import { useServices } from '../services.ts';
import { MessageView } from './message-view.tsx';
import { QueueList } from './queue-list.tsx';

export function QueueScreen() {
  const services = useServices();
  const open = useKept(services.view.queue.open);
  useEffect(() => {
    services.queue.start();
    return () => services.queue.stop();
  }, [services]);
  return open === null ? <QueueList /> : <MessageView id={open} />;
}
