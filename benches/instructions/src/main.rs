//! One scenario, for callgrind to count: `wm-instructions SCENARIO IDLE COUNT`.
//!
//! A device and its clients share this process, in virtual time, over a link without loss or delay. Callgrind collects what
//! runs inside [`measure::device_at_work`] and not inside [`measure::outside_the_device`]: the server, lwIP and the heap count;
//! the driver, the clients, the critical section and the clock do not. The difference of a run with `2 * COUNT` requests and
//! one with `COUNT` is what `COUNT` requests cost, without the start.
//!
//! | module | subject |
//! | --- | --- |
//! | [`measure`] | what counts and what does not |
//! | [`platform`], [`link`] | the device's surroundings |
//! | [`device`] | ours, and lwIP's own servers |
//! | [`client`], [`peer`] | who asks, and over which stack |
//! | [`scenario`] | who asks what |
//! | [`parsing`] | the protocol machines alone |
//! | `c_echo` | the same server in C, in the build for that |
//! | `heap`, `idle` | what idle connections hold, in the build for that |

#[cfg(feature = "capi")]
mod c_echo;
mod client;
mod device;
#[path = "../../echo.rs"]
mod echo;
#[cfg(feature = "heap-by-owner")]
mod heap;
#[cfg(feature = "heap-by-owner")]
mod idle;
#[path = "../../inputs.rs"]
mod inputs;
mod link;
mod measure;
mod parsing;
mod peer;
mod platform;
mod scenario;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, idle, count] = &arguments[..] else { panic!("usage: wm-instructions SCENARIO IDLE COUNT") };
    let number = |text: &str| text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
    let (idle, count) = (number(idle), number(count));
    #[cfg(feature = "heap-by-owner")]
    if idle::run(name, count) {
        return;
    }
    if !parsing::run(name, count) {
        scenario::run(name, idle, count);
    }
}
