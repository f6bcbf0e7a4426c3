//! Clients that make the same packets each time: one write for what belongs together.

use crate::address::Address;
use anyhow::{Context, Result, ensure};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;
use tungstenite::{Message, WebSocket};

/// No answer takes longer from a board that works.
const LIMIT: Duration = Duration::from_secs(60);

/// An HTTP connection.
pub(crate) struct Http(TcpStream);

impl Http {
    pub(crate) fn connect(address: Address) -> Result<Self> {
        Ok(Self(address.connect(LIMIT)?))
    }

    /// Sends a GET as curl does and reads the response, whatever its status.
    pub(crate) fn exchange(&mut self, path: &str) -> Result<()> {
        self.0.write_all(request(path, "keep-alive").as_bytes())?;
        let mut response = Vec::new();
        while !is_complete(&response) {
            self.read_into(&mut response)?;
        }
        Ok(())
    }

    /// One GET on a connection of its own, which the server ends.
    pub(crate) fn get_once(address: Address, path: &str) -> Result<()> {
        Self::get_body(address, path).map(drop)
    }

    /// The same, with what it gives.
    pub(crate) fn get_body(address: Address, path: &str) -> Result<String> {
        let mut connection = Self::connect(address)?;
        connection.0.write_all(request(path, "close").as_bytes())?;
        let mut response = Vec::new();
        connection.0.read_to_end(&mut response)?;
        is_success(&response)?;
        let response = String::from_utf8_lossy(&response);
        let (_, body) = response.split_once("\r\n\r\n").context("a response without an end of its head")?;
        Ok(body.to_owned())
    }

    fn read_into(&mut self, response: &mut Vec<u8>) -> Result<()> {
        let mut bytes = [0; 4096];
        let count = self.0.read(&mut bytes).context("no response")?;
        ensure!(count > 0, "the connection ended in the middle of a response");
        response.extend_from_slice(&bytes[..count]);
        Ok(())
    }
}

fn request(path: &str, connection: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\
         Connection: {connection}\r\n\r\n"
    )
}

/// Whether the head and as many bytes as it announces are there.
fn is_complete(response: &[u8]) -> bool {
    let text = String::from_utf8_lossy(response).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.split_once("content-length: ").and_then(|(_, rest)| rest.lines().next());
    let length = length.and_then(|length| length.parse().ok()).unwrap_or(0);
    body.len() >= length
}

fn is_success(response: &[u8]) -> Result<()> {
    let line = response.split(|&byte| byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    ensure!(line.contains(" 200 "), "the response begins with `{line}`");
    Ok(())
}

/// A WebSocket connection.
pub(crate) struct Echo(WebSocket<TcpStream>);

impl Echo {
    pub(crate) fn open(address: Address, path: &str) -> Result<Self> {
        let stream = address.connect(LIMIT)?;
        Ok(Self(tungstenite::client(address.ws(path), stream)?.0))
    }

    /// Sends `length` bytes and does not wait.
    pub(crate) fn send(&mut self, length: usize) -> Result<()> {
        Ok(self.0.send(Message::binary(vec![0x5a; length]))?)
    }

    /// Reads the echo of that.
    pub(crate) fn receive(&mut self, length: usize) -> Result<()> {
        loop {
            let message = self.0.read()?;
            if let Message::Binary(bytes) = message {
                ensure!(bytes == vec![0x5a; length], "the echo differs from what was sent");
                return Ok(());
            }
        }
    }

    /// Both.
    pub(crate) fn echo(&mut self, length: usize) -> Result<()> {
        self.send(length)?;
        self.receive(length)
    }

    /// The closing handshake, until the server ends the connection.
    pub(crate) fn close(mut self) -> Result<()> {
        self.0.close(None)?;
        loop {
            match self.0.read() {
                Ok(_) => {}
                Err(tungstenite::Error::ConnectionClosed) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// A plain TCP connection to an echo.
pub(crate) struct PlainEcho(TcpStream);

impl PlainEcho {
    pub(crate) fn open(address: Address) -> Result<Self> {
        Ok(Self(address.connect(LIMIT)?))
    }

    /// Sends `length` bytes and reads as many.
    pub(crate) fn echo(&mut self, length: usize) -> Result<()> {
        self.0.write_all(&vec![0x5a; length])?;
        Ok(self.0.read_exact(&mut vec![0; length])?)
    }
}

impl Drop for PlainEcho {
    fn drop(&mut self) {
        // Fails only when the connection is gone already.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}
