//! An address from the network, on this machine's clock: with lwIP in a thread of its own (`cargo xtask test threads`) the task that waits
//! for it hears of it only if lwIP's thread tells it.

use std::io::{self, Write as _};
use std::process;
use std::thread;
use std::time::Duration;

use wm_sys::host::{DEVICE_ADDRESS, UserNetwork};
use wm_websockets::net::{HostName, Stack};
use wm_websockets::server::{Context, Limits};

/// Longer than it takes, ten times: lwIP asks for seven seconds whether somebody has the address.
const PATIENCE: Duration = Duration::from_secs(70);

/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_secs(24 * 60 * 60);

#[test]
fn an_address_ends_the_wait_for_it() {
    wm_sys::host::install();
    thread::spawn(|| {
        thread::sleep(PATIENCE);
        // Not captured, as what `eprintln` says would be.
        writeln!(io::stderr(), "there is no address, or nobody was told of it").ok();
        process::exit(1);
    });
    let mut stack = Stack::new().expect("the first stack");
    let network = UserNetwork::start().expect("a gateway");
    stack.attach_with_dhcp(Box::new(network), HostName::new("waiting")).expect("there is memory");
    let mut context = Context::new(stack, Limits::default()).expect("there is memory");
    let addresses = loop {
        match context.stack().addresses() {
            Some(addresses) => break addresses,
            None => context.service(FOR_EVER),
        }
    };
    assert_eq!(addresses.address, DEVICE_ADDRESS);
}
