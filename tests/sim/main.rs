//! The whole component on a simulated wire, in virtual time: same seed, same run.
//!
//! | module | subject |
//! | --- | --- |
//! | `world` | the simulation: device, wire, peer, clock |
//! | `wire_ends` | what befalls frames at either end of the wire |
//! | `heap` | the device's share of the heap, counted and failing on demand |
//! | `http_client`, `websocket_client` | clients on the peer, on parsers that are not ours |
//! | `secure_client`, `foreign_tls` | clients on the peer that speak TLS, by our sessions and by others |
//! | `name_server` | DNS on the peer, honest or not |
//! | `net` | streams and listeners alone |
//! | `http`, `websocket` | a server on a good wire |
//! | `hostile` | malformed and odd input, from the tables in tests/hostile |
//! | `client` | the device as client |
//! | `handle` | the server as seen from other tasks, and its timers |
//! | `tls`, `handshake_worker` | HTTPS and WSS, and who calculates their keys |
//! | `limits` | as many clients as there may be, and one more |
//! | `loss` | the same on a bad wire |
//! | `outside` | what the application does out of turn |
//! | `ports` | ports that are closed, and opened anew |
//! | `raw` | protocols of the application's own |
//! | `networks` | bad networks and bad peers, by seed |
//! | `segments` | a connection that is fed any segment at any time |
//! | `memory` | the same without memory |
//! | `memory_bounds` | what is promised of it when the firmware is compiled |
//! | `model` | everything at once, against a model of what both sides are to see |

mod client;
#[cfg(feature = "security")]
mod foreign_tls;
mod handle;
#[cfg(feature = "security")]
mod handshake_worker;
mod heap;
mod hostile;
mod http;
mod http_client;
mod lease_server;
mod limits;
mod loss;
mod memory;
mod memory_bounds;
mod model;
mod name_server;
mod net;
mod networks;
mod outside;
mod ports;
#[cfg(feature = "raw")]
mod raw;
#[cfg(feature = "security-tls12")]
mod secure_client;
mod segments;
#[cfg(feature = "security-tls12")]
mod tls;
mod websocket;
mod websocket_client;
mod wire_ends;
mod world;
