//! Where a server is reached on this machine.

use anyhow::{Context, Result};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

/// A port of 127.0.0.1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    port: u16,
}

impl Address {
    pub(crate) fn new(port: u16) -> Self {
        Self { port }
    }

    /// A port that nobody listens on now, for programs that cannot choose one themselves.
    pub(crate) fn free() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).context("no free port on 127.0.0.1")?;
        Ok(Self::new(listener.local_addr()?.port()))
    }

    /// The port.
    pub(crate) fn port(self) -> u16 {
        self.port
    }

    /// Host and port, as clients name them.
    pub(crate) fn authority(self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// `http://` URL of `path`.
    pub(crate) fn http(self, path: &str) -> String {
        format!("http://{}{path}", self.authority())
    }

    /// `ws://` URL of `path`.
    pub(crate) fn ws(self, path: &str) -> String {
        format!("ws://{}{path}", self.authority())
    }

    /// URL of `path` for a device whose user network reaches this machine at 10.0.2.2.
    pub(crate) fn seen_by_device(self, scheme: &str, path: &str) -> String {
        format!("{scheme}://10.0.2.2:{}{path}", self.port)
    }

    /// A connection that sends each write at once, and gives up waiting after `limit`.
    pub(crate) fn connect(self, limit: Duration) -> Result<TcpStream> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(limit))?;
        Ok(stream)
    }
}
