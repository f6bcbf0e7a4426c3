//! An lwIP network interface over a [`Device`].

mod addresses;
mod name;

use alloc::boxed::Box;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use lwip_sys::{
    ERR_IF, ERR_MEM, ERR_OK, NETIF_FLAG_BROADCAST, NETIF_FLAG_ETHARP, NETIF_FLAG_ETHERNET, NETIF_FLAG_IGMP,
    NETIF_FLAG_LINK_UP, NETIF_FLAG_MLD6, PBUF_RAM, PBUF_RAW, err_t, etharp_output, ethernet_input, netif,
    netif_add, netif_remove, netif_set_default, netif_set_link_down, netif_set_link_up, netif_set_up, pbuf,
    pbuf_add_header, pbuf_alloc, pbuf_copy, pbuf_free, pbuf_remove_header,
};
use wm_sys::{Device, TransmitError};

use super::address::ipv4_to_lwip;
use super::error::AttachError;
#[cfg(feature = "dhcp")]
use super::host_name::HostName;
use super::token::Core;

pub use self::addresses::InterfaceConfig;
pub use self::name::InterfaceName;
#[cfg(feature = "capi")]
pub(crate) use self::name::octet;

/// Pbufs of one outgoing frame that go to the device without being joined: Ethernet, IP and TCP headers are one, data from
/// flash is another. Longer chains are copied together.
const GATHER: usize = 4;

/// The shortest Ethernet frame without its checksum. lwIP relies on it: it looks at an IP or ARP header before it compares
/// the header's length with the frame's.
const MIN_FRAME: usize = 60;

/// The longest Ethernet frame without its checksum.
const MAX_FRAME: usize = 1514;

/// Bytes in front of each frame that lwIP counts as part of it, and that no device sees.
const PADDING: usize = lwip_sys::ETH_PAD_SIZE as usize;

/// A device as [`Stack::attach`](super::Stack::attach) takes it. lwIP's own thread, where it has one (`NO_SYS=0`), sends frames by it.
#[cfg(core_context = "direct")]
pub type BoxedDevice = Box<dyn Device>;

/// A device as [`Stack::attach`](super::Stack::attach) takes it: lwIP's own thread sends frames by it.
#[cfg(not(core_context = "direct"))]
pub type BoxedDevice = Box<dyn Device + Send>;

/// The netif and its device, at an address that does not change while lwIP knows it.
#[derive(Debug)]
pub(super) struct Interface {
    /// From `Box::into_raw`; lwIP holds pointers into it until `detach`.
    cell: NonNull<InterfaceCell>,
}

struct InterfaceCell {
    netif: netif,
    device: BoxedDevice,
    /// lwIP refers to it.
    #[cfg(feature = "dhcp")]
    host_name: Option<HostName>,
}

impl Interface {
    /// Makes the device lwIP's default interface and brings it up.
    pub(super) fn attach(
        _core: &mut Core<'_>,
        device: BoxedDevice,
        config: &InterfaceConfig,
    ) -> Result<Interface, AttachError> {
        // SAFETY: lwIP wants the netif zeroed and initialises it in `netif_add`.
        let netif: netif = unsafe { core::mem::zeroed() };
        let cell = InterfaceCell {
            netif,
            device,
            #[cfg(feature = "dhcp")]
            host_name: None,
        };
        let cell = wm_sys::heap::try_box(cell).map_err(|_| AttachError::NoMemory)?;
        let cell = NonNull::from(Box::leak(cell));
        let [address, netmask, gateway] = [config.address, config.netmask, config.gateway].map(ipv4_to_lwip);
        // SAFETY: the token says that lwIP may be entered; the cell stays in place until `detach` removes the netif.
        unsafe {
            let netif = &raw mut (*cell.as_ptr()).netif;
            let state = cell.as_ptr().cast();
            if netif_add(netif, &address, &netmask, &gateway, state, Some(initialize), Some(ethernet_input))
                .is_null()
            {
                drop(Box::from_raw(cell.as_ptr()));
                return Err(AttachError::Refused);
            }
            netif_set_default(netif);
            netif_set_link_up(netif);
            netif_set_up(netif);
        }
        Ok(Interface { cell })
    }

    /// Moves one received frame into lwIP; false when none waits.
    pub(super) fn receive(&mut self, core: &mut Core<'_>) -> bool {
        // SAFETY: the cell is ours (`attach`). The reference to the device ends before lwIP is entered, which may transmit.
        unsafe {
            let device = &mut *(*self.cell.as_ptr()).device;
            let Some(length) = device.pending() else {
                self.follow_link(core);
                return false;
            };
            let Some(frame) = frame_buffer(length) else {
                device.discard();
                return true;
            };
            let payload = frame.as_ref().payload.cast::<MaybeUninit<u8>>().add(PADDING);
            let written = &raw const *device.receive(core::slice::from_raw_parts_mut(payload, length));
            // A device in safe Rust may return other bytes than it was asked to fill: what lies here was perhaps never written to.
            if !core::ptr::eq(written.cast(), payload) || written.len() != length {
                pbuf_free(frame.as_ptr());
                return true;
            }
            let netif = &raw mut (*self.cell.as_ptr()).netif;
            let result = (*netif).input.map(|input| input(frame.as_ptr(), netif));
            if result != Some(ERR_OK) {
                pbuf_free(frame.as_ptr());
            }
        }
        true
    }

    /// Tells lwIP of a cable plugged in or pulled out, if the device knows of one.
    fn follow_link(&mut self, core: &mut Core<'_>) {
        // SAFETY: the cell is ours (`attach`).
        let (is_up, flags) = unsafe {
            let cell = self.cell.as_ptr();
            ((*(*cell).device).is_link_up(), (*cell).netif.flags)
        };
        if (flags & NETIF_FLAG_LINK_UP != 0) != is_up {
            self.change_link(core, is_up);
        }
    }

    #[cold]
    fn change_link(&mut self, _core: &mut Core<'_>, is_up: bool) {
        log_line!(Info, "the link is {}", if is_up { "up" } else { "down" });
        // SAFETY: the cell is ours (`attach`), the token says that lwIP may be entered, which may send.
        unsafe {
            let netif = &raw mut (*self.cell.as_ptr()).netif;
            match is_up {
                true => netif_set_link_up(netif),
                false => netif_set_link_down(netif),
            }
        }
    }

    /// Takes the interface from lwIP, which aborts the connections over it, and frees it.
    pub(super) fn detach(self, _core: &mut Core<'_>) {
        // SAFETY: after `netif_remove` lwIP holds no pointer into the cell.
        unsafe {
            let netif = &raw mut (*self.cell.as_ptr()).netif;
            #[cfg(feature = "dhcp")]
            {
                lwip_sys::dhcp_release_and_stop(netif);
                lwip_sys::dhcp_cleanup(netif);
            }
            netif_remove(netif);
            drop(Box::from_raw(self.cell.as_ptr()));
        }
    }
}

/// A pbuf of the frame's length, or of the shortest frame's where a device does not pad, in one piece. `None`: there is no
/// memory, or no frame is that long.
fn frame_buffer(length: usize) -> Option<NonNull<pbuf>> {
    let padded =
        u16::try_from(length.max(MIN_FRAME)).ok().filter(|&padded| usize::from(padded) <= MAX_FRAME)?;
    // One byte more: where a TCP header's last byte begins an option, lwIP (`tcp_parseopt`) looks for its length behind the
    // header, and so perhaps behind the frame. The zero that it finds there ends the options.
    let whole = padded.saturating_add(PADDING as u16);
    let block = whole.saturating_add(1);
    // SAFETY: called in the core context (`receive`). A PBUF_RAM pbuf is one piece of `block` bytes, of which the device
    // writes `length` behind the padding.
    unsafe {
        let mut frame = NonNull::new(pbuf_alloc(PBUF_RAW, block, PBUF_RAM))?;
        let written = PADDING.saturating_add(length);
        let rest = frame.as_ref().payload.cast::<u8>().add(written);
        rest.write_bytes(0, usize::from(block).saturating_sub(written));
        frame.as_mut().len = whole;
        frame.as_mut().tot_len = whole;
        Some(frame)
    }
}

unsafe extern "C" fn initialize(netif: *mut netif) -> err_t {
    // SAFETY: lwIP calls from `netif_add` with our netif, whose state is the cell; nobody else touches either.
    unsafe {
        let device = &(*(*netif).state.cast::<InterfaceCell>()).device;
        (*netif).name = [b'w', b'm'].map(|letter| letter as core::ffi::c_char);
        (*netif).hwaddr_len = 6;
        let hardware_address = device.hardware_address();
        (&raw mut (*netif).hwaddr).cast::<[u8; 6]>().write(hardware_address);
        (*netif).mtu = 1500;
        (*netif).flags = NETIF_FLAG_BROADCAST
            | NETIF_FLAG_ETHARP
            | NETIF_FLAG_ETHERNET
            | NETIF_FLAG_IGMP
            | NETIF_FLAG_MLD6;
        (*netif).output = Some(etharp_output);
        (*netif).linkoutput = Some(transmit);
        #[cfg(feature = "ipv6")]
        {
            (*netif).output_ip6 = Some(lwip_sys::ethip6_output);
            (*netif).ip6_autoconfig_enabled = 1;
            (*netif).mtu6 = 1500;
            lwip_sys::netif_create_ip6_linklocal_address(netif, 1);
        }
    }
    ERR_OK
}

unsafe extern "C" fn transmit(netif: *mut netif, frame: *mut pbuf) -> err_t {
    // SAFETY: lwIP calls with our netif and a valid chain; the device is reached here and in `receive`, never at once. The chain begins with
    // the padding, which is hidden from the device and put back for lwIP, that may send the frame again.
    let result = unsafe {
        let device = &mut *(*(*netif).state.cast::<InterfaceCell>()).device;
        if PADDING != 0 {
            pbuf_remove_header(frame, PADDING);
        }
        let result = gather(frame, |pieces| device.transmit(pieces));
        if PADDING != 0 {
            pbuf_add_header(frame, PADDING);
        }
        result
    };
    match result {
        Ok(()) => ERR_OK,
        Err(TransmitError::Busy) => ERR_MEM,
        Err(_) => ERR_IF,
    }
}

/// Shows a chain of pbufs as a list of slices.
///
/// # Safety
///
/// `frame` is a valid chain that nobody changes meanwhile, and lwIP may be entered.
unsafe fn gather(
    frame: *mut pbuf,
    send: impl FnOnce(&[&[u8]]) -> Result<(), TransmitError>,
) -> Result<(), TransmitError> {
    let mut pieces: [&[u8]; GATHER] = [&[]; GATHER];
    let mut count = 0;
    let mut next = frame;
    // SAFETY: by contract; a pbuf's payload has `len` bytes.
    unsafe {
        while !next.is_null() {
            let Some(piece) = pieces.get_mut(count) else { return join(frame, send) };
            *piece = core::slice::from_raw_parts((*next).payload.cast::<u8>(), usize::from((*next).len));
            count = count.saturating_add(1);
            next = (*next).next;
        }
    }
    send(pieces.get(..count).unwrap_or_default())
}

/// Copies a long chain into one piece, on the heap: a frame is too large for the stack of a small device.
///
/// # Safety
///
/// As for [`gather`].
unsafe fn join(
    frame: *mut pbuf,
    send: impl FnOnce(&[&[u8]]) -> Result<(), TransmitError>,
) -> Result<(), TransmitError> {
    // SAFETY: by contract; `whole` is ours, in one piece of `tot_len` bytes, and freed here.
    unsafe {
        let length = (*frame).tot_len;
        let whole = NonNull::new(pbuf_alloc(PBUF_RAW, length, PBUF_RAM)).ok_or(TransmitError::Busy)?;
        pbuf_copy(whole.as_ptr(), frame);
        let result =
            send(&[core::slice::from_raw_parts(whole.as_ref().payload.cast::<u8>(), usize::from(length))]);
        pbuf_free(whole.as_ptr());
        result
    }
}
