import { createServer } from 'node:net';
import { Aedes } from 'aedes';

// The broker library as it comes: no log-in, no limits, no decoding, nothing stored. What ours is compared with.
const broker = await Aedes.createBroker();
const server = createServer(broker.handle);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address) process.stderr.write(`ready ${address.port}\n`);
});
