//! Safe TCP over lwIP's raw API.
//!
//! lwIP may be entered from one place at a time, its *core context*. Here that is a type: every function that reaches lwIP
//! takes [`&mut Core`](Core), and only [`Stack::with_core`] hands one out. What follows from it, bottom to top:
//!
//! | file | subject |
//! | --- | --- |
//! | `token` | the token, and the state that only its holder may touch |
//! | `core_context` | how that context is entered, with lwIP in this task or in a thread of its own |
//! | `ready` | the list of endpoints that have something to do |
//! | `record` | the heap record behind a PCB (`tcp_arg`): what lwIP told us, until somebody asks |
//! | `callbacks` | the functions lwIP calls: they note a fact and return |
//! | `fin` | the end of what is sent |
//! | `put_off` | acknowledgements that wait for the answer |
//! | `graveyard` | handles dropped without a token, until somebody has one |
//! | [`Segment`] | received bytes, owned, changeable in place |
//! | [`TcpStream`], [`TcpListener`] | the handles of an application; `connect` is how a stream is begun from here |
//! | `resolver` | host names to addresses |
//! | `interface` | an lwIP netif over a [`wm_sys::Device`], and its addresses |
//! | `clock` | the time, from a server |
//! | [`Stack`] | the right to enter lwIP; drives devices and timers |
//!
//! An endpoint that nobody touches costs nothing: callbacks put it on the ready list, and only endpoints on that list are
//! visited. Where lwIP has a thread of its own, entering its core context is a message or a lock: what callbacks have noted is then read in
//! a critical section instead, by the application's task alone.
//!
//! What the types promise, each checked by a test that must not compile:
//!
//! A token cannot leave the closure that received it:
//! ```compile_fail
//! # fn f(stack: &mut wm_websockets::net::Stack) {
//! let core = stack.with_core(|core| core);
//! # }
//! ```
//! it cannot be sent to another thread:
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<wm_websockets::net::Core<'static>>();
//! ```
//! there is one at a time:
//! ```compile_fail,E0499
//! # fn f(stack: &mut wm_websockets::net::Stack) {
//! stack.with_core(|outer| stack.with_core(|inner| ()));
//! # }
//! ```
//! nothing reaches lwIP without it:
//! ```compile_fail,E0061
//! # fn f(stream: &mut wm_websockets::net::TcpStream) {
//! stream.write(b"no token");
//! # }
//! ```
//! a stream is gone once it is closed or aborted:
//! ```compile_fail,E0382
//! # fn f(core: &mut wm_websockets::net::Core<'_>, mut stream: wm_websockets::net::TcpStream) {
//! stream.abort(core);
//! stream.flush(core);
//! # }
//! ```
//! handles stay in the task that owns the stack, but where lwIP's thread is sent what it is to do with them:
//! ```compile_fail,E0277
//! fn needs_send<T: Send>() {}
//! needs_send::<wm_websockets::net::TcpStream>();
//! ```
//! and received bytes cannot outlive their segment:
//! ```compile_fail,E0597
//! # fn f(core: &mut wm_websockets::net::Core<'_>, stream: &mut wm_websockets::net::TcpStream) {
//! let bytes = {
//!     let mut segment = stream.receive(core).unwrap().unwrap();
//!     segment.bytes_mut()
//! };
//! bytes[0] = 0;
//! # }
//! ```

#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects
)]

mod address;
mod callbacks;
#[cfg(feature = "sntp")]
mod clock;
mod connect;
mod core_context;
mod error;
mod fin;
mod graveyard;
#[cfg(feature = "dhcp")]
mod host_name;
mod interface;
mod listener;
mod put_off;
mod ready;
mod record;
#[cfg(feature = "client")]
mod resolver;
mod segment;
mod stack;
mod stream;
mod token;

#[cfg(feature = "sntp")]
pub use error::ClockError;
#[cfg(feature = "client")]
pub use error::ResolveError;
pub use error::{AttachError, ConnectError, Disconnected, ListenError, StackInUse, WriteError};
#[cfg(feature = "dhcp")]
pub use host_name::HostName;
#[cfg(feature = "capi")]
pub(crate) use interface::octet;
pub use interface::{BoxedDevice, InterfaceConfig, InterfaceName};
pub use listener::{AcceptFailures, ListenOptions, TcpListener};
pub use ready::Key;
pub(crate) use record::{MAX_QUEUED_PBUFS, RECORD_SIZE};
#[cfg(feature = "client")]
pub use resolver::{Family, Lookup, MAX_NAME, set_name_servers};
pub use segment::Segment;
pub(crate) use stack::FRAMES_PER_POLL;
pub use stack::Stack;
pub use stream::{Keepalive, TcpStream};
pub use token::Core;
