//! Flash and RAM where the W800 has them.

use anyhow::{Context, Result, ensure};
use object::elf::{FileHeader32, PT_LOAD};
use object::read::elf::{FileHeader, ProgramHeader};
use object::{LittleEndian, elf};

use crate::fault::Fault;

/// Code and constants: 2 MB.
const FLASH: u32 = 0x0800_0000;
const FLASH_LENGTH: usize = 2 << 20;
/// Everything else: 288 KB.
const RAM: u32 = 0x2000_0000;
const RAM_LENGTH: usize = 288 << 10;
pub(crate) const RAM_END: u32 = RAM + RAM_LENGTH as u32;

/// What the processor reaches beside its devices.
pub(crate) struct Memory {
    flash: Vec<u8>,
    ram: Vec<u8>,
}

impl Memory {
    /// The memory with a firmware in it, and the address of its first instruction.
    pub(crate) fn with_firmware(file: &[u8]) -> Result<(Self, u32)> {
        let mut memory = Self { flash: vec![0xff; FLASH_LENGTH], ram: vec![0; RAM_LENGTH] };
        let header = FileHeader32::<LittleEndian>::parse(file)?;
        let endian = header.endian()?;
        ensure!(header.e_machine(endian) == elf::EM_CSKY, "the firmware is for another processor");
        for segment in header.program_headers(endian, file)? {
            if segment.p_type(endian) != PT_LOAD || segment.p_filesz(endian) == 0 {
                continue;
            }
            let bytes = segment.data(endian, file).map_err(|()| anyhow::anyhow!("a segment is cut off"))?;
            // Data lie in flash too, from where the firmware copies them.
            let place = segment.p_paddr(endian);
            let offset = place.checked_sub(FLASH).map(|offset| offset as usize);
            let room = offset.and_then(|offset| memory.flash.get_mut(offset..offset + bytes.len()));
            room.with_context(|| format!("the segment at {place:#010x} is not in flash"))?
                .copy_from_slice(bytes);
        }
        Ok((memory, header.e_entry(endian)))
    }

    /// `N` bytes at an aligned address.
    pub(crate) fn load<const N: usize>(&self, address: u32) -> Result<[u8; N], Fault> {
        let bytes = match address {
            RAM.. => self.ram.get((address - RAM) as usize..),
            FLASH.. => self.flash.get((address - FLASH) as usize..),
            _ => None,
        };
        bytes.and_then(|bytes| bytes.first_chunk()).copied().ok_or(Fault::Unmapped(address))
    }

    /// Writes `N` bytes at an aligned address.
    pub(crate) fn store<const N: usize>(&mut self, address: u32, bytes: [u8; N]) -> Result<(), Fault> {
        let room = self.ram_mut(address, N)?;
        room.copy_from_slice(&bytes);
        Ok(())
    }

    /// RAM that a device writes.
    pub(crate) fn ram_mut(&mut self, address: u32, length: usize) -> Result<&mut [u8], Fault> {
        if (FLASH..FLASH + FLASH_LENGTH as u32).contains(&address) {
            return Err(Fault::ReadOnly(address));
        }
        let offset = address.checked_sub(RAM).ok_or(Fault::Unmapped(address))? as usize;
        self.ram.get_mut(offset..offset.saturating_add(length)).ok_or(Fault::Unmapped(address))
    }

    /// RAM that a device reads.
    pub(crate) fn ram(&self, address: u32, length: usize) -> Result<&[u8], Fault> {
        let offset = address.checked_sub(RAM).ok_or(Fault::Unmapped(address))? as usize;
        self.ram.get(offset..offset.saturating_add(length)).ok_or(Fault::Unmapped(address))
    }
}
