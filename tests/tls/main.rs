//! TLS sessions against each other over memory: both versions, records cut anywhere, memory that runs out.
#![cfg(all(feature = "client", feature = "security"))]

mod authority;
mod configuration;
mod data;
mod heap;
mod memory;
mod negotiation;
mod pair;
mod platform;
mod resumption;
mod verification;
