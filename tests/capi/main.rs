//! The C header: every value and every layout is libwebsockets', on this machine and on a Cortex-M3, and C and C++ compilers take
//! it without a word.
//!
//! Every function that the library exports is called with hostile arguments in a program of `tests/capi/programs`.
//!
//! Rust in a context of C's is here, too: lwIP is one per process, and this one has no other.
//!
//! What is checked against was measured from libwebsockets 4.3.3: `cargo xtask capi-facts FOLDER` copies from there what the
//! header declares.

mod compiler;
mod facts;
mod honest;
mod hostile;
mod languages;
mod rust;
mod sources;
