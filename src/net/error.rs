//! What can go wrong, one small enum per operation; each says what to do.

use core::fmt;

/// Why a stream has no connection any more. Nothing can be sent or received; drop the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disconnected {
    /// The peer sent RST.
    Reset,
    /// lwIP gave up: retransmissions or keep-alive probes went unanswered, the interface lost its address, or memory
    /// was taken for a connection of higher priority.
    Aborted,
    /// Both sides had sent FIN: an orderly end.
    Closed,
}

impl fmt::Display for Disconnected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Disconnected::Reset => "the peer reset the connection",
            Disconnected::Aborted => "lwIP gave the connection up: the peer no longer answers",
            Disconnected::Closed => "both sides have closed",
        })
    }
}

/// Why bytes could not be written or a half could not be shut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteError {
    /// lwIP has no memory for the segment: wait until the stream is ready again, then repeat.
    NoMemory,
    /// The sending side was shut down earlier.
    ShutDown,
    /// The connection is gone.
    Disconnected(Disconnected),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WriteError::NoMemory => f.write_str("lwIP is out of memory: retry when the stream is ready"),
            WriteError::ShutDown => f.write_str("the sending side was shut down"),
            WriteError::Disconnected(reason) => reason.fmt(f),
        }
    }
}

/// Why a port cannot be listened on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenError {
    /// Another listener has the port: choose another or drop that listener.
    AddressInUse,
    /// No memory for the listening PCB: raise `MEMP_NUM_TCP_PCB_LISTEN` or the heap.
    NoMemory,
    /// The address family is not compiled in: enable the feature `ipv6`.
    Unsupported,
    /// No interface has this name: listen when it was added.
    NoInterface,
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ListenError::AddressInUse => "the port is taken by another listener",
            ListenError::NoMemory => {
                "no memory for a listening PCB: raise MEMP_NUM_TCP_PCB_LISTEN or the heap"
            }
            ListenError::Unsupported => "this lwIP has no IPv6: enable the feature `ipv6`",
            ListenError::NoInterface => "no interface has this name",
        })
    }
}

/// Why a connection could not be begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectError {
    /// No memory for a PCB, a record or the SYN: try again later.
    NoMemory,
    /// No interface leads there: bring one up, or set its gateway.
    NoRoute,
    /// All local ports are in use: try again when some connections are over.
    NoPort,
    /// Port zero or the unspecified address: no destination.
    BadAddress,
    /// The address family is not compiled in: enable the feature `ipv6`.
    Unsupported,
}

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ConnectError::NoMemory => "no memory for another connection",
            ConnectError::NoRoute => "no interface leads to that address",
            ConnectError::NoPort => "no local port is free",
            ConnectError::BadAddress => "port zero or the unspecified address is no destination",
            ConnectError::Unsupported => "this lwIP has no IPv6: enable the feature `ipv6`",
        })
    }
}

/// Why a host name has no address.
#[cfg(feature = "client")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResolveError {
    /// It is no host name, or longer than [`MAX_NAME`](super::MAX_NAME).
    BadName,
    /// Nobody to ask: call [`set_name_servers`](super::set_name_servers), or let DHCP do it.
    NoServer,
    /// As many names are being looked up as lwIP has room for (`DNS_TABLE_SIZE`): try again later.
    Busy,
    /// No memory for the record of the lookup.
    NoMemory,
    /// The server knows no such address, or no server answered; lwIP does not say which.
    NotFound,
}

#[cfg(feature = "client")]
impl fmt::Display for ResolveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ResolveError::BadName => "not a host name",
            ResolveError::NoServer => "no name server is set",
            ResolveError::Busy => "too many names are being looked up",
            ResolveError::NoMemory => "no memory to look up a name",
            ResolveError::NotFound => "the name server knows no address, or does not answer",
        })
    }
}

/// Why nobody is asked for the time.
#[cfg(feature = "sntp")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockError {
    /// No memory for a UDP PCB: raise the heap, or try again later.
    NoMemory,
}

#[cfg(feature = "sntp")]
impl fmt::Display for ClockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no memory to ask for the time")
    }
}

/// A second [`Stack`](super::Stack) was asked for. lwIP is one per process: pass the first one on, or drop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackInUse;

impl fmt::Display for StackInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("lwIP has an owner already: there is one Stack per process")
    }
}

/// Why a device could not become an lwIP interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachError {
    /// No memory for the interface's record.
    NoMemory,
    /// lwIP refused the interface (`netif_add` returned NULL): it ran out of client-data slots or of interface numbers.
    Refused,
}

impl fmt::Display for AttachError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            AttachError::NoMemory => "no memory for the network interface",
            AttachError::Refused => "lwIP refused the network interface",
        })
    }
}

impl core::error::Error for Disconnected {}
impl core::error::Error for WriteError {}
impl core::error::Error for ListenError {}
impl core::error::Error for ConnectError {}
#[cfg(feature = "client")]
impl core::error::Error for ResolveError {}
#[cfg(feature = "sntp")]
impl core::error::Error for ClockError {}
impl core::error::Error for StackInUse {}
impl core::error::Error for AttachError {}
