//! The addresses of an interface, and where they come from.

use core::net::Ipv4Addr;
#[cfg(feature = "ipv6")]
use core::net::{IpAddr, Ipv6Addr};

#[cfg(feature = "ipv6")]
use lwip_sys::IP6_ADDR_VALID;
#[cfg(feature = "dhcp")]
use lwip_sys::{ERR_OK, netif};
use lwip_sys::{netif_ip4_addr, netif_ip4_gw, netif_ip4_netmask};

use super::Interface;
#[cfg(feature = "ipv6")]
use crate::net::address::from_lwip;
use crate::net::address::ipv4_from_lwip;
#[cfg(feature = "dhcp")]
use crate::net::error::AttachError;
#[cfg(feature = "dhcp")]
use crate::net::host_name::HostName;
use crate::net::token::Core;

/// Addresses of an interface. IPv6 addresses come by autoconfiguration (RFC 4862) where the feature `ipv6` is on.
///
/// ```
/// use core::net::Ipv4Addr;
/// use wm_websockets::net::InterfaceConfig;
///
/// let config = InterfaceConfig {
///     address: Ipv4Addr::new(192, 168, 1, 20),
///     netmask: Ipv4Addr::new(255, 255, 255, 0),
///     gateway: Ipv4Addr::new(192, 168, 1, 1),
/// };
/// # let _ = config;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InterfaceConfig {
    /// The interface's own address.
    pub address: Ipv4Addr,
    /// The mask of its network.
    pub netmask: Ipv4Addr,
    /// The router to everything else.
    pub gateway: Ipv4Addr,
}

impl InterfaceConfig {
    /// The addresses of QEMU's user network, and of `wm_sys::host::UserNetwork`: 10.0.2.15/24, gateway 10.0.2.2.
    pub const USER_NETWORK: InterfaceConfig = InterfaceConfig {
        address: Ipv4Addr::new(10, 0, 2, 15),
        netmask: Ipv4Addr::new(255, 255, 255, 0),
        gateway: Ipv4Addr::new(10, 0, 2, 2),
    };

    /// No addresses, until a server gives some.
    #[cfg(feature = "dhcp")]
    pub(in crate::net) const NONE: InterfaceConfig = InterfaceConfig {
        address: Ipv4Addr::UNSPECIFIED,
        netmask: Ipv4Addr::UNSPECIFIED,
        gateway: Ipv4Addr::UNSPECIFIED,
    };
}

impl Interface {
    /// Asks the network for an address, under this name.
    #[cfg(feature = "dhcp")]
    pub(in crate::net) fn start_dhcp(
        &mut self,
        _core: &mut Core<'_>,
        host_name: Option<HostName>,
    ) -> Result<(), AttachError> {
        // SAFETY: the cell is ours (`attach`), the token says that lwIP may be entered. The name stays in the cell while lwIP refers to it.
        unsafe {
            let cell = self.cell.as_ptr();
            (*cell).host_name = host_name;
            let name = (*cell).host_name.as_ref().map_or(core::ptr::null(), |name| name.as_c_str().as_ptr());
            let netif = &raw mut (*cell).netif;
            (*netif).hostname = name;
            lwip_sys::netif_set_status_callback(netif, Some(changed));
            match lwip_sys::dhcp_start(netif) {
                ERR_OK => Ok(()),
                _ => Err(AttachError::NoMemory),
            }
        }
    }

    /// The addresses that it has now; `None`: it has none.
    pub(in crate::net) fn addresses(&self, _core: &mut Core<'_>) -> Option<InterfaceConfig> {
        // SAFETY: the cell is ours (`attach`), and the token keeps lwIP from writing meanwhile.
        let [address, netmask, gateway] = unsafe {
            let netif = &raw const (*self.cell.as_ptr()).netif;
            [netif_ip4_addr(netif), netif_ip4_netmask(netif), netif_ip4_gw(netif)]
                .map(|address| ipv4_from_lwip(&*address))
        };
        (!address.is_unspecified()).then_some(InterfaceConfig { address, netmask, gateway })
    }

    /// The IPv6 addresses that can be used now.
    #[cfg(feature = "ipv6")]
    pub(in crate::net) fn ipv6_addresses(
        &self,
        _core: &mut Core<'_>,
    ) -> impl Iterator<Item = Ipv6Addr> + use<> {
        // SAFETY: the cell is ours (`attach`), and the token keeps lwIP from writing meanwhile.
        let (addresses, states) = unsafe {
            let netif = &raw const (*self.cell.as_ptr()).netif;
            ((*netif).ip6_addr, (*netif).ip6_addr_state)
        };
        let is_valid = |state: u8| u32::from(state) & IP6_ADDR_VALID != 0;
        let valid = addresses.into_iter().zip(states).filter(move |(_, state)| is_valid(*state));
        valid.filter_map(|(address, _)| match from_lwip(&address) {
            IpAddr::V6(address) => Some(address),
            IpAddr::V4(_) => None,
        })
    }
}

/// lwIP calls when the interface has got an address, or lost it.
#[cfg(feature = "dhcp")]
unsafe extern "C" fn changed(_netif: *mut netif) {
    wm_sys::wake();
}
