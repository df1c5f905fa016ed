import { createServer } from 'node:http';

/** Lets go of every body and says 200: what it costs this machine to carry the pictures anywhere at all. */
const server = createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.setHeader('content-length', 0);
    response.end();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(typeof address === 'object' ? address?.port : null);
});
// Without the trial it is of no use.
process.on('disconnect', () => process.exit());
