//! What an application does to its clients out of turn: from a timer or its own loop, and what it hears of their coming and going.

mod responses;
mod sockets;
mod watcher;
