// Node's ws as a server for our client: ws_server.js
"use strict";

const { WebSocketServer } = require("ws");

const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: true });
server.on("connection", (socket) => {
  socket.on("message", (data, binary) => socket.send(data, { binary }));
  // A ping in between must not disturb the count.
  socket.ping("are you there?");
});
server.on("listening", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
process.on("SIGINT", () => process.exit(0));
