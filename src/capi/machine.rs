//! The machine below: its clock and its network.
//!
//! On a device it is the driver that `wm_ethernet_attach` names, or none: then the firmware drives lwIP's interface itself. On a host (feature `host`) the environment variable `WM_NET` chooses:
//! `user`, which needs no privileges and makes each port reachable at 127.0.0.1, or `tap:NAME`.

#[cfg(not(feature = "host"))]
pub(super) use self::device::{Network, destination, install};
#[cfg(feature = "host")]
pub(super) use self::host::{Network, destination, install};

#[cfg(not(feature = "host"))]
mod device {
    use crate::net::Stack;

    /// Makes the firmware's functions the platform, unless they are.
    pub(in crate::capi) fn install() {
        #[cfg(feature = "c-port")]
        let _ = wm_sys::c_port::install(log::LevelFilter::Info);
    }

    /// The address at which the device reaches a host.
    pub(in crate::capi) fn destination(host: &str) -> &str {
        host
    }

    /// The driver that the firmware has attached, or lwIP's interface as the firmware drives it.
    pub(in crate::capi) struct Network;

    impl Network {
        pub(in crate::capi) fn attach(stack: &mut Stack) -> Option<Self> {
            let attached = crate::capi::ethernet::attach_to(stack);
            attached.map_err(|error| log_line!(Error, "no interface: {error}")).ok()?;
            Some(Network)
        }

        pub(in crate::capi) fn open(&self, _port: u16) -> Option<()> {
            Some(())
        }
    }
}

#[cfg(feature = "host")]
mod host {
    use alloc::boxed::Box;
    use alloc::vec::Vec;
    use core::cell::RefCell;
    use std::env;

    use wm_sys::host::{DNS_ADDRESS, Forwarder, Tap, UserNetwork};

    use crate::net::{BoxedDevice, InterfaceConfig, Stack, set_name_servers};

    /// As a text, [`wm_sys::host::GATEWAY_ADDRESS`].
    const THIS_MACHINE: &str = "10.0.2.2";

    pub(in crate::capi) fn install() {
        wm_sys::host::install();
    }

    /// The address at which the device reaches a host: this machine is the gateway of its user-mode network, while loopback addresses
    /// are the device's own.
    pub(in crate::capi) fn destination(host: &str) -> &str {
        let is_user = !env::var("WM_NET").is_ok_and(|network| network.starts_with("tap:"));
        if matches!(host, "127.0.0.1" | "::1") && is_user { THIS_MACHINE } else { host }
    }

    /// Where ports of the device are opened to this machine; nowhere with TAP, where it has an address of its own.
    pub(in crate::capi) struct Network {
        forwarder: Option<Forwarder>,
        /// They stay open to this machine when the device closes them.
        ports: RefCell<Vec<u16>>,
    }

    impl Network {
        pub(in crate::capi) fn attach(stack: &mut Stack) -> Option<Self> {
            let chosen = env::var("WM_NET").unwrap_or_default();
            let (device, forwarder): (BoxedDevice, _) = match chosen.split_once(':') {
                None if chosen.is_empty() || chosen == "user" => {
                    let network =
                        UserNetwork::start().map_err(|error| log_line!(Error, "no network: {error}")).ok()?;
                    let forwarder = network.forwarder();
                    stack.enter(|core| set_name_servers(core, &[DNS_ADDRESS.into()]));
                    (Box::new(network), Some(forwarder))
                }
                Some(("tap", name)) => {
                    (Box::new(Tap::open(name).map_err(|error| log_line!(Error, "{error}")).ok()?), None)
                }
                _ => {
                    log_line!(Error, "WM_NET is `user` or `tap:NAME`, not `{chosen}`");
                    return None;
                }
            };
            let attached = stack.attach(device, &InterfaceConfig::USER_NETWORK);
            attached.map_err(|error| log_line!(Error, "no interface: {error}")).ok()?;
            Some(Network { forwarder, ports: RefCell::default() })
        }

        /// Makes a port of the device reachable.
        pub(in crate::capi) fn open(&self, port: u16) -> Option<()> {
            let Some(forwarder) = &self.forwarder else { return Some(()) };
            if self.ports.borrow().contains(&port) {
                return Some(());
            }
            let opened = forwarder.forward(std::format!("127.0.0.1:{port}"), port);
            opened.map_err(|error| log_line!(Error, "{error}")).ok()?;
            self.ports.borrow_mut().push(port);
            Some(())
        }
    }
}
