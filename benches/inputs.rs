//! What the parsers are measured with: `benches/parsers` in cycles, `benches/instructions` in instructions.

/// 240 bytes, as a browser asks for a page.
pub const HEAD: &[u8] = b"GET /index.html HTTP/1.1\r\n\
    Host: 192.168.1.20\r\n\
    User-Agent: Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0.1\r\n\
    Accept: text/html,application/xhtml+xml,*/*;q=0.8\r\n\
    Accept-Language: en-US,en;q=0.5\r\n\
    Accept-Encoding: gzip\r\n\
    Connection: keep-alive\r\n\r\n";
const _: () = assert!(HEAD.len() == 240);

/// Bytes of a long message.
pub const MESSAGE: usize = 16 * 1024;
/// Bytes of a full segment, in which it comes.
pub const SEGMENT: usize = 1460;
/// A masking key.
pub const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];

/// Whole sentences of at most `length` bytes, with characters of one, two and three bytes.
#[must_use]
pub fn mixed_text(length: usize) -> String {
    let sentence = "Wien 3 \u{b0}C, Z\u{fc}rich 5 \u{b0}C, \u{6771}\u{4eac} 9 \u{b0}C; ";
    sentence.repeat(length / sentence.len())
}
