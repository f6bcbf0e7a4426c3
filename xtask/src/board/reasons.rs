//! Why calls that could panic do not.

/// A call: how its caller's name begins, what its callee's name contains, and why it does not panic.
struct Reason(&'static str, &'static str, &'static str);

const LOCKED: &str = "in a critical section, and nothing in it borrows again";
const FIXED: &str = "a hash of 60 bytes, whatever they are: no byte of the peer moves an index";
const START: &str = "start-up, before the network is up";
const HOST: &str = "semihosting: the host's answer is checked before";

const REASONS: &[Reason] = &[
    // The library.
    Reason("wm_websockets::ws::handshake::accept_key", "Index", FIXED),
    Reason("hmac_sha1_compact::", "", FIXED),
    Reason(
        "lwip_port_assert_failed",
        "panic_fmt",
        "an assertion of lwIP: corrupt memory or misuse of its API, never input; `LWIP_NOASSERT` removes it",
    ),
    // Rust's own library.
    Reason("u64::fmt", "", "core: its buffer has room for the 20 digits of any u64"),
    // The board.
    Reason("board::heap::enable", "borrow", START),
    Reason("board::heap::", "borrow", LOCKED),
    Reason("board::platform::Board::enable", "", START),
    Reason("board::platform::Board::wait", "borrow", LOCKED),
    Reason("board::Board::start", "expect", START),
    Reason("semihosting::", "", HOST),
];

/// Why `caller` may call `call`, if that is known.
pub(super) fn of(caller: &str, call: &str) -> Option<&'static str> {
    let fits = |reason: &&Reason| caller.starts_with(reason.0) && call.contains(reason.1);
    REASONS.iter().find(fits).map(|reason| reason.2)
}
