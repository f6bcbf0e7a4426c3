//! What the targets share: bytes, and how a network might cut them.
//!
//! | target | what must hold for any input |
//! | --- | --- |
//! | `http_head` | the cuts change nothing; what we accept, `httparse` accepts with the same parts |
//! | `http_body` | the cuts change nothing; never more data than the limit; what we frame, we decode |
//! | `form` | the cuts change nothing; fields begin, have values and end; what we write, we read |
//! | `deflate` | the cuts change nothing; never more than the limit; what we compress, we read |
//! | `router` | no capture leads out of a folder; `find` and `allowed` agree |
//! | `ws_frames` | the cuts change nothing, in both roles; headers and messages survive a round trip |
//! | `ws_handshake` | what we accept has all that RFC 6455 asks for, and the answer is `tungstenite`'s |
//! | `utf8` | the verdict of the standard library |
//! | `c_texts` | texts of C: nothing beyond their ends, the cuts change nothing; JSON that `serde_json` takes is taken |
//! | `tls` | a session fails or waits, whatever it is fed with, and never spins; it parks where it may |
//! | `server` | clients may send anything at any time: all connections end, and the heap is as before |
//! | `client` | so may servers: what the application is told is in order, and the heap is as before |
//!
//! `cargo +nightly fuzz run http_head fuzz/corpus/http_head fuzz/seeds/http_head -- -dict=fuzz/http.dict` runs one; the
//! folder `fuzz/corpus/http_head` must exist.

/// An input: how to cut, and what. The first byte says how many of the following are lengths of pieces.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    lengths: &'a [u8],
    /// What is cut.
    pub bytes: &'a [u8],
}

impl<'a> Input<'a> {
    /// The longest list of lengths.
    const MAX_LENGTHS: usize = 16;

    /// Every byte string is an input.
    pub fn new(data: &'a [u8]) -> Self {
        let Some((&count, rest)) = data.split_first() else { return Self { lengths: &[], bytes: data } };
        let count = usize::from(count).min(Self::MAX_LENGTHS).min(rest.len());
        let (lengths, bytes) = rest.split_at(count);
        Self { lengths, bytes }
    }

    /// The pieces in their order: of the given lengths, the last of them being the rest.
    pub fn pieces(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let mut rest = self.bytes;
        let cut = self.lengths.iter().map(move |&length| {
            let (piece, tail) = rest.split_at(rest.len().min(length.into()));
            rest = tail;
            piece
        });
        let total: usize = self.lengths.iter().map(|&length| usize::from(length)).sum();
        cut.chain([&self.bytes[total.min(self.bytes.len())..]])
    }
}

/// The next byte of an input that is a list of steps.
pub fn take_byte(rest: &mut &[u8]) -> Option<u8> {
    let (&first, tail) = rest.split_first()?;
    *rest = tail;
    Some(first)
}

/// The next bytes, as many as the byte before them says, if there are so many.
pub fn take_piece<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::from(take_byte(rest)?).min(rest.len());
    let (piece, tail) = rest.split_at(length);
    *rest = tail;
    Some(piece)
}
