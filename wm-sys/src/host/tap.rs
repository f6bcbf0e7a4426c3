//! A TAP interface: the device's end of a virtual cable into this machine's own network stack.

use core::fmt;
use core::mem;
use core::net::Ipv4Addr;
use std::borrow::ToOwned;
use std::error::Error;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::mem::MaybeUninit;
use std::net::UdpSocket;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::string::String;

use rustix::fs::OFlags;
use rustix::ioctl::{Opcode, Setter, ioctl, opcode};
use rustix::net::netdevice::name_to_index;

use super::{DEVICE_HARDWARE_ADDRESS, HostPlatform, MAX_FRAME, gather, install};
use crate::{Device, TransmitError};

/// The device's end of an existing TAP interface of this machine.
///
/// The machine's end is an ordinary interface: give it an address in the device's network, capture on it, bridge
/// it. Frames that arrive end the installed platform's wait.
///
/// ```no_run
/// // Before: ip tuntap add tap0 mode tap user $USER; ip addr add 10.0.2.2/24 dev tap0; ip link set tap0 up
/// let device = wm_sys::host::Tap::open("tap0")?;
/// # Ok::<(), wm_sys::host::OpenError>(())
/// ```
#[derive(Debug)]
pub struct Tap {
    file: File,
    platform: &'static HostPlatform,
    is_watched: bool,
    hardware_address: [u8; 6],
    /// The oldest received frame, as far as it was fetched already.
    frame: [u8; MAX_FRAME],
    length: Option<usize>,
}

impl Tap {
    /// Joins the TAP interface `name`, which exists already, and installs the [`HostPlatform`].
    ///
    /// # Errors
    /// [`OpenError`] says what is missing and how to mend it.
    ///
    /// # Panics
    /// As [`install`] does.
    pub fn open(name: &str) -> Result<Self, OpenError> {
        let platform = install();
        let file = attach(name)?;
        // SAFETY: `file` is owned by the `Tap`, whose `drop` ends the watch before the file closes.
        unsafe { platform.watch(file.as_fd()) }.map_err(OpenError::Attach)?;
        Ok(Self {
            file,
            platform,
            is_watched: true,
            hardware_address: DEVICE_HARDWARE_ADDRESS,
            frame: [0; MAX_FRAME],
            length: None,
        })
    }

    /// The same device with another MAC address than QEMU's 52:54:00:12:34:56: two devices on one bridge.
    pub fn with_hardware_address(mut self, address: [u8; 6]) -> Self {
        self.hardware_address = address;
        self
    }

    fn fetch(&mut self) -> Option<usize> {
        match self.file.read(&mut self.frame) {
            Ok(length) => Some(length),
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(error) => {
                log::error!("the TAP interface is gone: {error}");
                self.unwatch(); // it would end every wait at once from now on
                None
            }
        }
    }

    fn unwatch(&mut self) {
        if mem::take(&mut self.is_watched) {
            self.platform.unwatch(self.file.as_fd());
        }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.unwatch();
    }
}

impl Device for Tap {
    fn hardware_address(&self) -> [u8; 6] {
        self.hardware_address
    }

    fn transmit(&mut self, frame: &[&[u8]]) -> Result<(), TransmitError> {
        let frame = gather(frame)?;
        match self.file.write(&frame) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == ErrorKind::WouldBlock => Err(TransmitError::Busy),
            Err(error) => {
                // The interface is down, as a cable can be unplugged: the frame is lost.
                log::debug!("frame not sent: {error}");
                Ok(())
            }
        }
    }

    fn pending(&mut self) -> Option<usize> {
        if self.length.is_none() {
            self.length = self.fetch();
        }
        self.length
    }

    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8] {
        match self.length.take() {
            Some(length) => frame.write_copy_of_slice(&self.frame[..length]),
            None => &mut [],
        }
    }

    fn discard(&mut self) {
        self.length = None;
    }
}

/// Why a TAP interface could not be joined.
#[derive(Debug)]
pub enum OpenError {
    /// The name is longer than the 15 bytes that an interface name may have.
    NameTooLong,
    /// There is no interface of that name: create it.
    Missing {
        /// The name that was asked for.
        name: String,
    },
    /// `/dev/net/tun` cannot be opened: load the kernel module `tun`, or pass the file into the container.
    Unsupported(io::Error),
    /// The kernel refuses: the interface belongs to another user, is in use, or is not a TAP interface.
    Attach(io::Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NameTooLong => f.write_str("the name of an interface has at most 15 bytes"),
            Self::Missing { name } => write!(
                f,
                "there is no interface {name}; create it with: ip tuntap add {name} mode tap user $USER && \
                 ip addr add 10.0.2.2/24 dev {name} && ip link set {name} up"
            ),
            Self::Unsupported(error) => write!(
                f,
                "cannot open /dev/net/tun: {error}; load the kernel module tun, or use the user-mode network"
            ),
            Self::Attach(error) => write!(
                f,
                "the kernel refuses to join the interface: {error}; it must be a TAP interface that this user owns \
                 (ip tuntap add NAME mode tap user $USER) and that no other program has joined"
            ),
        }
    }
}

impl Error for OpenError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::NameTooLong | Self::Missing { .. } => None,
            Self::Unsupported(error) | Self::Attach(error) => Some(error),
        }
    }
}

/// The kernel's `struct ifreq`, as TUNSETIFF reads it.
#[repr(C)]
struct InterfaceRequest {
    name: [u8; NAME_SIZE],
    flags: u16,
    unused: [u8; 22],
}

/// IFNAMSIZ: the name and the zero byte behind it.
const NAME_SIZE: usize = 16;
/// IFF_TAP: whole Ethernet frames; IFF_NO_PI: nothing in front of them.
const TAP_WITHOUT_PACKET_INFORMATION: u16 = 0x0002 | 0x1000;
/// TUNSETIFF, defined as `_IOW('T', 202, int)`, though it takes a `struct ifreq`.
const TUNSETIFF: Opcode = opcode::write::<core::ffi::c_int>(b'T', 202);

const _: () = assert!(cfg!(target_pointer_width = "32") || mem::size_of::<InterfaceRequest>() == 40);

fn attach(name: &str) -> Result<File, OpenError> {
    let request = request(name)?;
    if !exists(name)? {
        // Asked for an unknown name, the kernel would create an interface for the life of this program.
        return Err(OpenError::Missing { name: name.to_owned() });
    }
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(OFlags::NONBLOCK.bits() as i32)
        .open("/dev/net/tun")
        .map_err(OpenError::Unsupported)?;
    // SAFETY: TUNSETIFF reads one `struct ifreq`, and `InterfaceRequest` has its size and layout.
    unsafe { ioctl(&file, Setter::<TUNSETIFF, _>::new(request)) }
        .map_err(|error| OpenError::Attach(error.into()))?;
    Ok(file)
}

/// Asks the kernel and not `/sys`, which may show another network namespace than this program's.
fn exists(name: &str) -> Result<bool, OpenError> {
    let any_socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).map_err(OpenError::Attach)?;
    Ok(name_to_index(any_socket, name).is_ok())
}

fn request(name: &str) -> Result<InterfaceRequest, OpenError> {
    let mut request =
        InterfaceRequest { name: [0; NAME_SIZE], flags: TAP_WITHOUT_PACKET_INFORMATION, unused: [0; 22] };
    if name.len() >= NAME_SIZE {
        return Err(OpenError::NameTooLong);
    }
    request.name[..name.len()].copy_from_slice(name.as_bytes());
    Ok(request)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn a_missing_interface_is_an_error_that_says_how_to_create_it() {
        let error = Tap::open("wm-no-such-tap").unwrap_err();
        assert!(matches!(error, OpenError::Missing { .. }));
        assert!(error.to_string().contains("ip tuntap add wm-no-such-tap"), "{error}");
    }

    #[test]
    fn an_interface_that_is_no_tap_is_refused() {
        assert!(matches!(Tap::open("lo"), Err(OpenError::Attach(_) | OpenError::Unsupported(_))));
    }

    #[test]
    fn names_have_a_limit() {
        assert!(matches!(Tap::open("sixteen-bytes-xx"), Err(OpenError::NameTooLong)));
    }
}
