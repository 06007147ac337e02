/**
 * The floor under a lane: a WebSocket server that does the least that a lane must do, with nothing around it.
 *
 *   node bare-lane.ts DATABASE ITEMS
 *
 * `{"look":KEY}`: one point look-up by primary key, answered. `{"put":BYTES}`: one fsynced insert of that many bytes, answered.
 * `GET /`: a page that appends one row per answer. Prints {"port"} when ready.
 */
import { createServer } from 'node:http';

import Database from 'better-sqlite3';
import { WebSocketServer } from 'ws';

const [path, items] = [process.argv[2]!, Number(process.argv[3])];
const database = new Database(path);
database.pragma('journal_mode = WAL');
database.pragma('synchronous = FULL');
database.exec(
  'CREATE TABLE IF NOT EXISTS item(code TEXT PRIMARY KEY, name TEXT, price INTEGER) STRICT, WITHOUT ROWID; CREATE TABLE IF NOT EXISTS put(bytes BLOB) STRICT',
);
const count = database.prepare<[], { n: number }>('SELECT count(*) AS n FROM item').get()!.n;
const insert = database.prepare('INSERT INTO item VALUES (?, ?, ?)');
database.transaction(() => {
  for (let n = count; n < items; n++) insert.run(`bare-${n}`, `Item ${n}`, 100 + (n % 900));
})();
const look = database.prepare('SELECT code, name, price FROM item WHERE code = ?');
const put = database.prepare('INSERT INTO put VALUES (?)');

const PAGE = `<!doctype html><meta charset=utf-8><title>bare</title><ul id=rows></ul><script>
const socket = new WebSocket(location.href.replace('http', 'ws'));
let typed = '';
const rows = document.getElementById('rows');
socket.onopen = () => { document.title = 'ready'; };
socket.onmessage = (event) => {
  const item = JSON.parse(event.data);
  const row = document.createElement('li');
  row.dataset.lineId = item.code;
  row.textContent = item.name + ' ' + item.price;
  rows.append(row);
};
addEventListener('keydown', (event) => {
  if (event.key === 'Enter') { socket.send(JSON.stringify({ look: 'bare-' + (Number(typed) % ${items}) })); typed = ''; }
  else if (event.key.length === 1) typed += event.key;
});
</script>`;

const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(PAGE));
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
  socket.on('message', (data) => {
    const message = JSON.parse((data as Buffer).toString()) as { look?: string; put?: number };
    if (message.look !== undefined) socket.send(JSON.stringify(look.get(message.look) ?? null));
    else {
      put.run(Buffer.alloc(message.put ?? 0, 1));
      socket.send('{"ok":true}');
    }
  });
});
server.listen(0, 'localhost', () => {
  const address = server.address();
  process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0 })}\n`);
});
process.on('disconnect', () => process.exit(0));
