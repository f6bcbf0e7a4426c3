//! One connection: a smoltcp socket towards the device, a socket of this machine, and what passes between them.

use core::time::Duration;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;
use std::vec;

use polling::Event;
use rustix::net::sockopt;
use smoltcp::socket::tcp::{Socket, SocketBuffer, State};

use super::watched::Watched;

/// Bytes each way between the gateway's stack and the device. As large as a window without scaling can be.
const DEVICE_BUFFER: usize = 65_535;

/// Bytes each way that this machine's kernel is asked to hold; it takes twice as much, for its own records.
const HOST_BUFFER: usize = 64 * 1024;

/// How long a device may leave bytes unacknowledged before its connection is given up.
const SILENCE: smoltcp::time::Duration = smoltcp::time::Duration::from_secs(120);

/// Keeps the kernel from buffering megabytes, which would hide the device's back-pressure. Connections inherit it
/// from their listener.
pub(super) fn bound_buffers(socket: impl AsFd) -> io::Result<()> {
    sockopt::set_socket_recv_buffer_size(&socket, HOST_BUFFER)?;
    sockopt::set_socket_send_buffer_size(&socket, HOST_BUFFER)?;
    Ok(())
}

/// A socket towards the device, not yet connected, that acknowledges and sends without delay.
pub(super) fn device_socket(timeout: Duration) -> Socket<'static> {
    let buffer = || SocketBuffer::new(vec![0; DEVICE_BUFFER]);
    let mut socket = Socket::new(buffer(), buffer());
    socket.set_nagle_enabled(false);
    socket.set_ack_delay(None);
    socket.set_timeout(Some(timeout.into()));
    socket
}

/// The host's half of a connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Watched<TcpStream>,
    phase: Phase,
    /// The kernel may have bytes for us. Wrong in one direction only: reading finds out.
    readable: bool,
    /// The kernel may have room for bytes. Likewise.
    writable: bool,
    /// The host's FIN was read, and passed on behind the bytes before it.
    host_finished: bool,
    /// The device's FIN has arrived; it may have bytes before it that the host has not taken.
    device_finished: bool,
    /// The device's FIN was passed on.
    host_shut: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The device has not answered yet.
    Connecting,
    Established,
    /// Nothing passes any more. The socket may still have an RST or an ACK to send.
    Over,
}

/// The other side is gone: whatever has not passed yet never will.
struct Reset;

impl Connection {
    /// Takes over a connected socket of this machine.
    pub(super) fn new(stream: Watched<TcpStream>) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            phase: Phase::Connecting,
            readable: true,
            writable: true,
            host_finished: false,
            device_finished: false,
            host_shut: false,
        })
    }

    pub(super) fn is_over(&self) -> bool {
        self.phase == Phase::Over
    }

    /// Notes what the kernel reports.
    pub(super) fn notice(&mut self, event: Event, socket: &mut Socket<'_>) {
        self.readable |= event.readable;
        self.writable |= event.writable;
        let failed = event.is_err().unwrap_or(false);
        if failed && !matches!(self.stream.take_error(), Ok(None)) {
            self.reset_by_host(socket);
        }
    }

    /// Moves everything that can be moved, in both directions, and passes on how either side ended.
    pub(super) fn pump(&mut self, socket: &mut Socket<'_>) {
        match self.phase {
            Phase::Connecting => self.await_device(socket),
            Phase::Established => self.exchange(socket),
            Phase::Over => {}
        }
    }

    fn await_device(&mut self, socket: &mut Socket<'_>) {
        match socket.state() {
            State::SynSent | State::SynReceived => {}
            State::Closed => self.reset_by_device(),
            _ => {
                socket.set_timeout(Some(SILENCE));
                self.phase = Phase::Established;
                self.exchange(socket);
            }
        }
    }

    fn exchange(&mut self, socket: &mut Socket<'_>) {
        self.device_finished |= has_received_fin(socket.state());
        if self.ended_untimely(socket) {
            // What came before the RST arrives before it here too; nobody is left to tell if it does not.
            let _ = self.carry_to_host(socket);
            return self.reset_by_device();
        }
        let moved = self.carry_to_device(socket).and_then(|()| self.carry_to_host(socket));
        match moved {
            Err(Reset) => self.reset_by_host(socket),
            Ok(()) if self.is_complete(socket) => self.phase = Phase::Over,
            Ok(()) => {}
        }
    }

    /// Whether the device, or its silence, ended the connection before both FINs had passed.
    fn ended_untimely(&self, socket: &Socket<'_>) -> bool {
        socket.state() == State::Closed && !(self.device_finished && self.host_finished)
    }

    /// Both FINs were passed on, and the device has nothing left to acknowledge or to be told. TIME-WAIT
    /// (RFC 9293 section 3.6.1) is skipped: no old segment can wander about in a queue that keeps its order.
    fn is_complete(&self, socket: &Socket<'_>) -> bool {
        self.host_finished && self.host_shut && matches!(socket.state(), State::Closed | State::TimeWait)
    }

    fn carry_to_device(&mut self, socket: &mut Socket<'_>) -> Result<(), Reset> {
        while self.readable && !self.host_finished && socket.can_send() {
            match self.read_into(socket) {
                Ok(0) => {
                    self.host_finished = true;
                    socket.close();
                }
                Ok(_) => {}
                Err(error) => self.readable = is_ready_after(&error)?,
            }
        }
        Ok(())
    }

    fn carry_to_host(&mut self, socket: &mut Socket<'_>) -> Result<(), Reset> {
        while self.writable && socket.can_recv() {
            if let Err(error) = self.write_from(socket) {
                self.writable = is_ready_after(&error)?;
            }
        }
        if self.device_finished && !self.host_shut && !socket.can_recv() {
            self.host_shut = true;
            self.stream.shutdown(Shutdown::Write).map_err(|_| Reset)?;
        }
        Ok(())
    }

    fn read_into(&self, socket: &mut Socket<'_>) -> io::Result<usize> {
        let read = socket.send(|room| {
            let read = (&*self.stream).read(room);
            (*read.as_ref().unwrap_or(&0), read)
        });
        read.unwrap_or_else(|_| Err(ErrorKind::WouldBlock.into()))
    }

    fn write_from(&self, socket: &mut Socket<'_>) -> io::Result<usize> {
        let written = socket.recv(|bytes| {
            let written = (&*self.stream).write(bytes);
            (*written.as_ref().unwrap_or(&0), written)
        });
        written.unwrap_or_else(|_| Err(ErrorKind::WouldBlock.into()))
    }

    fn reset_by_host(&mut self, socket: &mut Socket<'_>) {
        socket.abort();
        self.phase = Phase::Over;
    }

    fn reset_by_device(&mut self) {
        // Closing a socket that lingers for no time sends an RST.
        if let Err(error) = sockopt::set_socket_linger(&*self.stream, Some(Duration::ZERO)) {
            log::debug!("a reset by the device reaches its client as a close: {error}");
        }
        self.phase = Phase::Over;
    }
}

/// Whether to try again at once after `error`: not when the kernel would block, and never after a real error.
fn is_ready_after(error: &io::Error) -> Result<bool, Reset> {
    match error.kind() {
        ErrorKind::WouldBlock => Ok(false),
        ErrorKind::Interrupted => Ok(true),
        _ => Err(Reset),
    }
}

/// Whether a connection in this state has seen the device's FIN.
fn has_received_fin(state: State) -> bool {
    matches!(state, State::CloseWait | State::Closing | State::LastAck | State::TimeWait)
}
