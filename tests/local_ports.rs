//! The local ports of connections that we begin. A process of its own: lwIP draws the first one when it starts, once per process.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use wm_sys::host::{Wire, WireConfig};
use wm_sys::{EntropyError, Instant, Platform};
use wm_websockets::net::{InterfaceConfig, Stack, TcpStream};

/// The first of the dynamic ports (RFC 6335 section 6), from which lwIP takes all of them.
const FIRST_DYNAMIC: u16 = 49_152;

/// Draws nothing but ones: 65535, behind which lwIP's own count went on with port 0, "no port is free", and then with 1.
struct Ones;

impl Platform for Ones {
    fn now(&self) -> Instant {
        Instant::ZERO
    }
    fn unix_time(&self) -> Option<u64> {
        None
    }
    fn entropy(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        bytes.fill(u8::MAX);
        Ok(())
    }
    fn wait(&self, _timeout: Duration) {}
    fn wake(&self) {}
}

#[test]
fn the_first_connection_has_a_dynamic_port_whatever_was_drawn() {
    wm_sys::install(&Ones).expect("the first platform");
    let mut stack = Stack::new().expect("the first stack");
    let wire = Wire::new(WireConfig::default());
    stack.attach(Box::new(wire.device_end()), &InterfaceConfig::USER_NETWORK).expect("there is memory");
    let remote = SocketAddr::from((Ipv4Addr::new(10, 0, 2, 2), 80));
    let ports: Vec<u16> = (0..3)
        .map(|_| {
            stack.with_core(|core| {
                let stream = TcpStream::connect(core, remote).expect("a port is free");
                stream.local_address(core).expect("it has one").port()
            })
        })
        .collect();
    assert!(ports.iter().all(|port| *port >= FIRST_DYNAMIC), "{ports:?}");
}
