//! Where heads are written: one buffer for all connections, for a head is sent before the next one begins.

use alloc::boxed::Box;

use wm_sys::heap::OutOfMemory;

use super::context::zeroed;
use crate::http::{HttpDate, ResponseError, ResponseHead, Status};

pub(super) struct HeadBuffer {
    buffer: Box<[u8]>,
    /// The length of what the last response began with, status line and date, and what the next one may go on behind. 0: something else
    /// stands there.
    opening: usize,
    status: Status,
    /// Unix time; `None` on a device without a clock, which must not send Date (RFC 9110 section 6.6.1).
    second: Option<u64>,
}

impl HeadBuffer {
    /// Room for heads of `length` bytes.
    pub(super) fn new(length: usize) -> Result<Self, OutOfMemory> {
        Ok(HeadBuffer { buffer: zeroed(length)?, ..Self::default() })
    }

    /// Begins the head of a response. The first lines are the same for many responses of one second: those stand there already.
    pub(super) fn begin(&mut self, status: Status) -> Result<ResponseHead<'_>, ResponseError> {
        let second = wm_sys::unix_time();
        if self.opening == 0 || self.status != status || self.second != second {
            self.write_opening(status, second)?;
        }
        ResponseHead::resume(&mut self.buffer, self.opening)
    }

    fn write_opening(&mut self, status: Status, second: Option<u64>) -> Result<(), ResponseError> {
        self.opening = 0;
        let mut head = ResponseHead::new(&mut self.buffer, status)?;
        if let Some(second) = second {
            head.date(&HttpDate::from_unix(second))?;
        }
        self.opening = head.length();
        (self.status, self.second) = (status, second);
        Ok(())
    }

    /// The buffer for a head of another kind.
    pub(super) fn blank(&mut self) -> &mut [u8] {
        self.opening = 0;
        &mut self.buffer
    }
}

impl Default for HeadBuffer {
    /// No room.
    fn default() -> Self {
        HeadBuffer { buffer: Box::default(), opening: 0, status: Status::OK, second: None }
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    fn head(buffer: &mut HeadBuffer, status: Status) -> Vec<u8> {
        let mut head = buffer.begin(status).unwrap();
        head.field("A", "b").unwrap();
        head.finish().to_vec()
    }

    /// Whatever stood in the buffer before.
    #[test]
    fn every_head_begins_with_its_own_status() {
        let mut buffer = HeadBuffer::new(128).unwrap();
        let ok = head(&mut HeadBuffer::new(128).unwrap(), Status::OK);
        assert!(ok.starts_with(b"HTTP/1.1 200 OK\r\n") && ok.ends_with(b"A: b\r\n\r\n"));
        for _ in 0..2 {
            assert_eq!(head(&mut buffer, Status::OK).len(), ok.len());
            assert!(head(&mut buffer, Status::NOT_FOUND).starts_with(b"HTTP/1.1 404 Not Found\r\n"));
            buffer.blank().fill(b'x');
            assert!(head(&mut buffer, Status::NOT_FOUND).starts_with(b"HTTP/1.1 404 Not Found\r\n"));
            assert!(head(&mut buffer, Status::OK).starts_with(b"HTTP/1.1 200 OK\r\n"));
        }
    }

    #[test]
    fn an_opening_without_room_is_not_taken_for_one() {
        let mut buffer = HeadBuffer::new(20).unwrap();
        assert!(buffer.begin(Status::OK).is_ok());
        assert_eq!(buffer.begin(Status::NOT_FOUND).err(), Some(ResponseError::NoSpace));
        assert_eq!(buffer.begin(Status::NOT_FOUND).err(), Some(ResponseError::NoSpace));
        assert_eq!(HeadBuffer::default().begin(Status::OK).err(), Some(ResponseError::NoSpace));
    }
}
