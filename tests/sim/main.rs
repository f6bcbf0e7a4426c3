//! The whole component on a simulated wire, in virtual time: same seed, same run.
//!
//! | module | subject |
//! | --- | --- |
//! | `world` | the simulation: device, wire, peer, clock |
//! | `heap` | the device's share of the heap, counted and failing on demand |
//! | `http_client`, `websocket_client` | clients on the peer, on parsers that are not ours |

mod heap;
mod http;
mod http_client;
mod net;
mod websocket;
mod websocket_client;
mod world;
