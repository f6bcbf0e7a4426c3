//! A network without privileges: the device behind a gateway to this machine's sockets.
//!
//! The device's frames go to a thread with a TCP/IP stack of its own ([`gateway`]). That stack ends the device's
//! connections, and carries each one on in a socket of this machine ([`connection`]).

use core::fmt;
use core::net::SocketAddr;
use core::time::Duration;
use std::format;
use std::io;
use std::mem::MaybeUninit;
use std::net::{TcpListener, ToSocketAddrs};
use std::string::ToString;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::{DEVICE_HARDWARE_ADDRESS, gather};
use crate::{Device, TransmitError};

mod connection;
mod dialing;
mod gateway;
mod leases;
mod link;
mod names;
mod stack;
#[cfg(test)]
mod tests;
mod watched;

use gateway::Gateway;
use link::{Forward, Link};

/// How long the device may take to answer the SYN of a forwarded connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);

/// The Ethernet interface of a device in QEMU's kind of user network.
///
/// The device has the address 10.0.2.15/24, its gateway is 10.0.2.2. [`forward`](Self::forward) opens the way in:
/// connections to a port of this machine go to a port of the device, and come from 10.0.2.2. The way out is open:
/// the device's connections to a port of 10.0.2.2 go to that port of 127.0.0.1. Both ways FIN, RST and
/// back-pressure of one side are those of the other, and a refused connection is refused.
///
/// 10.0.2.3 answers questions for names with the IPv4 addresses that this machine finds; names of this machine itself,
/// `localhost` above all, are 10.0.2.2 there.
///
/// A device that asks for its address (DHCP) gets just that one.
///
/// TCP over IPv4 to and from 10.0.2.2, echo requests (ping), DHCP and DNS are all that there is; other packets go nowhere.
///
/// ```no_run
/// let device = wm_sys::host::UserNetwork::start()?;
/// device.forward("127.0.0.1:8080", 80)?;
/// // `device` goes to the stack; then: curl http://127.0.0.1:8080/
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct UserNetwork {
    link: Arc<Link>,
    gateway: Option<JoinHandle<()>>,
}

impl UserNetwork {
    /// Starts the gateway, in a thread that ends when the `UserNetwork` is dropped.
    ///
    /// Frames for the device [`wake`](crate::wake) the installed platform.
    ///
    /// # Errors
    /// What the kernel says when it has no event queue or no thread to give.
    pub fn start() -> io::Result<Self> {
        Self::start_with(CONNECT_TIMEOUT)
    }

    fn start_with(connect_timeout: Duration) -> io::Result<Self> {
        let link = Arc::new(Link::new()?);
        let gateway = Gateway::new(link.clone(), connect_timeout);
        let thread = thread::Builder::new().name("wm-gateway".to_string()).spawn(|| gateway.run())?;
        Ok(Self { link, gateway: Some(thread) })
    }

    /// Listens on `address` of this machine and carries each connection there on to `device_port` of the device.
    ///
    /// Returns the address listened on, which tells the port when `address` leaves the choice with port 0. The
    /// listener lives as long as the network.
    ///
    /// # Errors
    /// What the kernel says, with the address: above all that another program listens there already.
    pub fn forward(
        &self,
        address: impl ToSocketAddrs + fmt::Display,
        device_port: u16,
    ) -> io::Result<SocketAddr> {
        self.forwarder().forward(address, device_port)
    }

    /// What opens further ports once the network belongs to a stack.
    pub fn forwarder(&self) -> Forwarder {
        Forwarder { link: Arc::clone(&self.link) }
    }
}

/// Opens ports of this machine to the device of a [`UserNetwork`].
///
/// ```no_run
/// let device = wm_sys::host::UserNetwork::start()?;
/// let forwarder = device.forwarder();
/// // `device` goes to the stack; any time later:
/// forwarder.forward("127.0.0.1:8081", 81)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Forwarder {
    link: Arc<Link>,
}

impl Forwarder {
    /// As [`UserNetwork::forward`]. Without effect once the network is dropped.
    ///
    /// # Errors
    /// As there.
    pub fn forward(
        &self,
        address: impl ToSocketAddrs + fmt::Display,
        device_port: u16,
    ) -> io::Result<SocketAddr> {
        let listener = TcpListener::bind(&address).map_err(|error| cannot_listen(&address, &error))?;
        listener.set_nonblocking(true)?;
        connection::bound_buffers(&listener)?;
        let local = listener.local_addr()?;
        self.link.add_forward(Forward { listener, device_port });
        Ok(local)
    }
}

fn cannot_listen(address: &impl fmt::Display, error: &io::Error) -> io::Error {
    let mend = match error.kind() {
        io::ErrorKind::AddrInUse => "; stop the program that listens there, or choose another port",
        io::ErrorKind::PermissionDenied => "; choose a port above 1023",
        _ => "",
    };
    io::Error::new(error.kind(), format!("cannot listen on {address}: {error}{mend}"))
}

impl fmt::Debug for Forwarder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forwarder").finish_non_exhaustive()
    }
}

impl Drop for UserNetwork {
    fn drop(&mut self) {
        self.link.stop();
        if self.gateway.take().is_some_and(|thread| thread.join().is_err()) {
            log::error!("the gateway of the user-mode network had panicked");
        }
    }
}

impl fmt::Debug for UserNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserNetwork").finish_non_exhaustive()
    }
}

impl Device for UserNetwork {
    fn hardware_address(&self) -> [u8; 6] {
        DEVICE_HARDWARE_ADDRESS
    }

    fn transmit(&mut self, frame: &[&[u8]]) -> Result<(), TransmitError> {
        self.link.send_from_device(gather(frame)?)
    }

    fn pending(&mut self) -> Option<usize> {
        self.link.pending_for_device()
    }

    fn receive<'f>(&mut self, frame: &'f mut [MaybeUninit<u8>]) -> &'f mut [u8] {
        match self.link.take_for_device() {
            Some(received) => frame.write_copy_of_slice(&received),
            None => &mut [],
        }
    }

    fn discard(&mut self) {
        self.link.take_for_device();
    }
}
