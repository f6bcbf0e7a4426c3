// Node's ws as a server for our client: ws_server.js [CERTIFICATE KEY]
"use strict";

const fs = require("fs");
const http = require("http");
const https = require("https");
const { WebSocketServer } = require("ws");

const [certificate, key] = process.argv.slice(2);
const carrier = certificate
  ? https.createServer({ cert: fs.readFileSync(certificate), key: fs.readFileSync(key) })
  : http.createServer();
const server = new WebSocketServer({ server: carrier, perMessageDeflate: true });
server.on("connection", (socket) => {
  socket.on("message", (data, binary) => socket.send(data, { binary }));
  // A ping in between must not disturb the count.
  socket.ping("are you there?");
});
carrier.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${carrier.address().port}`));
process.on("SIGINT", () => process.exit(0));
