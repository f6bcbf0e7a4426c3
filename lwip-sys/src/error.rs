//! lwIP's result codes with the type that its functions return: C declares them as an enumeration, which
//! is wider.

use crate::bindings::{self, err_t};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $enumerator:ident,)*) => {
        $($(#[$doc])* pub const $name: err_t = bindings::$enumerator as err_t;)*
    };
}

codes! {
    /// Done.
    ERR_OK = enumerator_ERR_OK,
    /// No memory: try again when some was freed.
    ERR_MEM = enumerator_ERR_MEM,
    /// No room in a queue: try again when it drained.
    ERR_BUF = enumerator_ERR_BUF,
    /// Too late.
    ERR_TIMEOUT = enumerator_ERR_TIMEOUT,
    /// No route to that address.
    ERR_RTE = enumerator_ERR_RTE,
    /// Not finished yet.
    ERR_INPROGRESS = enumerator_ERR_INPROGRESS,
    /// An argument out of range.
    ERR_VAL = enumerator_ERR_VAL,
    /// Now it would have to wait.
    ERR_WOULDBLOCK = enumerator_ERR_WOULDBLOCK,
    /// That address and port are taken.
    ERR_USE = enumerator_ERR_USE,
    /// Already connecting.
    ERR_ALREADY = enumerator_ERR_ALREADY,
    /// Already connected.
    ERR_ISCONN = enumerator_ERR_ISCONN,
    /// Not connected.
    ERR_CONN = enumerator_ERR_CONN,
    /// The interface refused or is down.
    ERR_IF = enumerator_ERR_IF,
    /// This end aborted the connection, with `tcp_abort` or for want of memory. What a callback returns,
    /// and only then, after it has called `tcp_abort` on its own PCB.
    ERR_ABRT = enumerator_ERR_ABRT,
    /// The peer reset the connection.
    ERR_RST = enumerator_ERR_RST,
    /// The connection is closed.
    ERR_CLSD = enumerator_ERR_CLSD,
    /// An argument that makes no sense.
    ERR_ARG = enumerator_ERR_ARG,
}
