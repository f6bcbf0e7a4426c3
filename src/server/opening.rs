//! The first lines of a response, status and date: the same for many responses of one second, so they are kept.

use crate::http::{HttpDate, ResponseError, ResponseHead, Status};

/// The longest status line, and a Date field.
const ROOM: usize = 96;

/// The lines that the last response began with.
pub(super) struct Opening {
    lines: [u8; ROOM],
    /// 0: there are none.
    length: usize,
    status: Status,
    /// Unix time; `None` on a device without a clock, which must not send Date (RFC 9110 section 6.6.1).
    second: Option<u64>,
}

impl Opening {
    pub(super) const fn new() -> Self {
        Opening { lines: [0; ROOM], length: 0, status: Status::OK, second: None }
    }

    /// Begins the head of a response.
    pub(super) fn begin<'b>(
        &mut self,
        buffer: &'b mut [u8],
        status: Status,
    ) -> Result<ResponseHead<'b>, ResponseError> {
        let second = wm_sys::unix_time();
        if self.length == 0 || self.status != status || self.second != second {
            self.renew(status, second)?;
        }
        ResponseHead::resume(buffer, self.lines.get(..self.length).unwrap_or_default())
    }

    fn renew(&mut self, status: Status, second: Option<u64>) -> Result<(), ResponseError> {
        self.length = 0;
        let mut head = ResponseHead::new(&mut self.lines, status)?;
        if let Some(second) = second {
            head.date(&HttpDate::from_unix(second))?;
        }
        self.length = head.lines().len();
        (self.status, self.second) = (status, second);
        Ok(())
    }
}
