// Node's ws against an echo: ws_client.js URL [SUBPROTOCOL]
"use strict";

const assert = require("node:assert/strict");
const { randomBytes } = require("node:crypto");
const { once } = require("node:events");
const WebSocket = require("ws");

const [url, subprotocol] = process.argv.slice(2);

async function echo(client, message, binary) {
  const answered = once(client, "message");
  client.send(message, { binary });
  const [data, isBinary] = await answered;
  assert.equal(isBinary, binary);
  assert.deepEqual(data, Buffer.from(message));
}

async function fragments(client) {
  const answered = once(client, "message");
  client.send("in three ", { fin: false });
  client.send("pieces, ", { fin: false });
  client.send("one message", { fin: true });
  const [data] = await answered;
  assert.equal(data.toString(), "in three pieces, one message");
}

async function ping(client) {
  const answered = once(client, "pong");
  client.ping("are you there?");
  const [data] = await answered;
  assert.equal(data.toString(), "are you there?");
}

async function close(client) {
  const closed = once(client, "close");
  client.close(1000, "bye");
  const [code] = await closed;
  assert.equal(code, 1000);
}

async function main() {
  const client = new WebSocket(url, subprotocol ? [subprotocol] : []);
  await once(client, "open");
  assert.equal(client.protocol, subprotocol ?? "");
  for (const length of [0, 1, 125, 126, 1000, 4096]) {
    await echo(client, randomBytes(length), true);
    await echo(client, "x".repeat(length), false);
  }
  await fragments(client);
  await ping(client);
  await close(client);
}

setTimeout(() => assert.fail("no end after 30 s"), 30_000).unref();
main();
