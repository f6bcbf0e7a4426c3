//! Connections that we begin.

use alloc::boxed::Box;
use core::net::SocketAddr;
use core::ptr::NonNull;

use lwip_sys::{
    ERR_BUF, ERR_MEM, ERR_OK, ERR_RTE, SYN_SENT, err_t, tcp_abort, tcp_connect, tcp_nagle_disable,
    tcp_new_ip_type, tcp_pcb,
};

use super::address;
use super::callbacks;
use super::error::{ConnectError, Disconnected};
use super::record::Record;
use super::stream::TcpStream;
use super::token::Core;

/// Beginning a connection.
impl TcpStream {
    /// Sends a SYN to `remote`, from a port of lwIP's choice, and returns at once. The stream is ready when the peer has
    /// answered: then [`is_connected`](Self::is_connected), or [`disconnected`](Self::disconnected) says why not:
    /// [`Disconnected::Reset`] is a refusal. What is written before that waits in the send buffer.
    ///
    /// lwIP repeats the SYN for about a minute before it gives up. Who has less patience drops the stream.
    ///
    /// ```
    /// use core::net::SocketAddr;
    /// use wm_websockets::net::{ConnectError, Key, Stack, TcpStream};
    ///
    /// fn call(stack: &mut Stack, remote: SocketAddr, key: Key) -> Result<TcpStream, ConnectError> {
    ///     stack.with_core(|core| {
    ///         let mut stream = TcpStream::connect(core, remote)?;
    ///         stream.set_key(core, key);
    ///         Ok(stream)
    ///     })
    /// }
    /// ```
    ///
    /// # Errors
    /// [`ConnectError`]: nothing was sent.
    pub fn connect(core: &mut Core<'_>, remote: SocketAddr) -> Result<TcpStream, ConnectError> {
        if remote.port() == 0 || remote.ip().is_unspecified() {
            return Err(ConnectError::BadAddress);
        }
        let to = address::to_lwip(Some(remote.ip())).ok_or(ConnectError::Unsupported)?;
        let pcb = new_pcb(core, address::any_type(Some(remote.ip())))?;
        let Ok(record) = wm_sys::heap::try_box(Record::new(pcb)) else {
            // SAFETY: the PCB is new, ours, and has no callbacks.
            unsafe { tcp_abort(pcb.as_ptr()) };
            return Err(ConnectError::NoMemory);
        };
        let record = NonNull::from(Box::leak(record));
        // SAFETY: record and PCB belong together and are valid; the record's one handle is made here. Without a SYN under way the
        // PCB is still ours: it is detached before it is aborted, and the record freed.
        unsafe {
            callbacks::install(core, record, pcb);
            let connect = || tcp_connect(pcb.as_ptr(), &to, remote.port(), Some(callbacks::connected));
            let result = match connect() {
                // Once in 16384 starts lwIP draws 65535, and port 0, which is none, is the next. Our lwipopts.h prevents that, a
                // firmware's own may not; behind it there are others.
                ERR_BUF => connect(),
                other => other,
            };
            if result == ERR_OK {
                return Ok(TcpStream::from_record(record));
            }
            if let Some(pcb) = Record::detach(record.as_ptr(), core, Disconnected::Aborted) {
                tcp_abort(pcb.as_ptr());
            }
            Record::free(core, record);
            Err(connect_error(result))
        }
    }

    /// Whether the peer has answered our SYN, and the connection stands.
    pub fn is_connected(&self, _core: &mut Core<'_>) -> bool {
        // SAFETY: a PCB in a record is valid (record invariant).
        self.pcb().is_some_and(|pcb| unsafe { (*pcb.as_ptr()).state != SYN_SENT })
    }
}

fn new_pcb(_core: &mut Core<'_>, family: u8) -> Result<NonNull<tcp_pcb>, ConnectError> {
    // SAFETY: the token says that lwIP may be entered.
    let pcb = NonNull::new(unsafe { tcp_new_ip_type(family) }).ok_or(ConnectError::NoMemory)?;
    // SAFETY: the PCB is new and ours.
    unsafe { tcp_nagle_disable(pcb.as_ptr()) };
    Ok(pcb)
}

fn connect_error(result: err_t) -> ConnectError {
    match result {
        ERR_MEM => ConnectError::NoMemory,
        ERR_RTE => ConnectError::NoRoute,
        _ => ConnectError::NoPort,
    }
}
