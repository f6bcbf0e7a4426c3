//! How the board comes by its address: from the network with the feature `dhcp`, else it is the one that QEMU's user network gives its
//! first device. A product takes it from its configuration.

#[cfg(feature = "dhcp")]
pub(crate) use by_dhcp::{attach, wait};
#[cfg(not(feature = "dhcp"))]
pub(crate) use fixed::{attach, wait};

#[cfg(feature = "dhcp")]
mod by_dhcp {
    use core::fmt::Write as _;
    use core::time::Duration;

    use wm_websockets::net::{BoxedDevice, HostName, Stack};
    use wm_websockets::server::Context;

    use crate::{Console, started};

    pub(crate) fn attach(stack: &mut Stack, device: BoxedDevice) {
        // A product of which several are in one network adds a part of its serial number.
        started(stack.attach_with_dhcp(device, HostName::new("mps2-an385")));
    }

    /// Waits until there is an address: a client that begins before has no way out. Servers need not wait.
    pub(crate) fn wait(context: &mut Context) {
        let addresses = loop {
            if let Some(addresses) = context.stack().addresses() {
                break addresses;
            }
            context.service(Duration::from_secs(1));
        };
        _ = writeln!(Console, "address {}", addresses.address);
    }
}

#[cfg(not(feature = "dhcp"))]
mod fixed {
    use wm_websockets::net::{BoxedDevice, InterfaceConfig, Stack};
    use wm_websockets::server::Context;

    use crate::started;

    /// Where QEMU's user network answers DNS.
    #[cfg(feature = "client")]
    const NAME_SERVER: core::net::IpAddr = core::net::IpAddr::V4(core::net::Ipv4Addr::new(10, 0, 2, 3));

    pub(crate) fn attach(stack: &mut Stack, device: BoxedDevice) {
        started(stack.attach(device, &InterfaceConfig::USER_NETWORK));
        #[cfg(feature = "client")]
        stack.with_core(|core| wm_websockets::net::set_name_servers(core, &[NAME_SERVER]));
    }

    pub(crate) fn wait(_context: &mut Context) {}
}
