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
}

impl fmt::Display for ListenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ListenError::AddressInUse => "the port is taken by another listener",
            ListenError::NoMemory => {
                "no memory for a listening PCB: raise MEMP_NUM_TCP_PCB_LISTEN or the heap"
            }
            ListenError::Unsupported => "this lwIP has no IPv6: enable the feature `ipv6`",
        })
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
impl core::error::Error for StackInUse {}
impl core::error::Error for AttachError {}
