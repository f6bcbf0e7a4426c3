//! A server on a TAP interface, and the clients that load it with echoes: `wm-rates serve ours|baseline TAP`, and
//! `wm-rates load websocket|fragments|tcp HOST BYTES CONNECTIONS SECONDS`, which prints messages a second.
//!
//! GET requests are wrk's affair. `cargo xtask bench` runs both ends in a network namespace of its own.

#[path = "../../echo.rs"]
mod echo;
mod load;
mod serve;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve", "ours", tap] => serve::ours(tap),
        ["serve", "baseline", tap] => serve::baseline(tap),
        ["load", protocol, host, bytes, connections, seconds] => {
            let load = load::Load { protocol: protocol.parse()?, host, bytes: bytes.parse()? };
            println!("{:.1}", load.rate(connections.parse()?, seconds.parse()?)?);
            Ok(())
        }
        _ => {
            Err("usage: wm-rates serve ours|baseline TAP | load websocket|fragments|tcp HOST BYTES CONNECTIONS SECONDS"
                .into())
        }
    }
}
