//! Register map of the LAN9118 (data sheet, chapter 5) and the bits that the driver uses.

/// The directly addressed registers.
#[derive(derive_mmio::Mmio)]
#[repr(C)]
pub(super) struct Registers {
    #[mmio(Read)]
    pub(super) receive_data: u32,
    _receive_data_aliases: [u32; 7],
    #[mmio(Write)]
    pub(super) transmit_data: u32,
    _transmit_data_aliases: [u32; 7],
    #[mmio(Read)]
    pub(super) receive_status: u32,
    _peek_and_transmit_status: [u32; 3],
    #[mmio(PureRead)]
    pub(super) id_revision: u32,
    #[mmio(Write)]
    pub(super) interrupt_config: u32,
    /// Written bits are cleared.
    #[mmio(PureRead, Write)]
    pub(super) interrupt_status: u32,
    #[mmio(Write)]
    pub(super) interrupt_enable: u32,
    _reserved: u32,
    #[mmio(PureRead)]
    pub(super) byte_test: u32,
    #[mmio(Write)]
    pub(super) fifo_levels: u32,
    #[mmio(Write)]
    pub(super) receive_config: u32,
    #[mmio(Write)]
    pub(super) transmit_config: u32,
    #[mmio(PureRead, Write)]
    pub(super) hardware_config: u32,
    _receive_datapath_control: u32,
    #[mmio(PureRead)]
    pub(super) receive_fifo_info: u32,
    #[mmio(PureRead)]
    pub(super) transmit_fifo_info: u32,
    _power_gpio_timer_swap_counter_drops: [u32; 8],
    #[mmio(PureRead, Write)]
    pub(super) mac_command: u32,
    #[mmio(PureRead, Write)]
    pub(super) mac_data: u32,
}

const _: () = assert!(core::mem::offset_of!(Registers, mac_data) == 0xa8);

/// `byte_test`, once the bus is awake.
pub(super) const BYTE_TEST: u32 = 0x8765_4321;
/// `id_revision`, upper half.
pub(super) const LAN9118: u32 = 0x0118;

/// `interrupt_config`: the interrupt pin is on, active high, push-pull.
pub(super) const PIN_ON_ACTIVE_HIGH: u32 = 0x111;
/// `interrupt_status` and `interrupt_enable`: more frames are waiting than the level in `fifo_levels`.
pub(super) const FRAME_WAITING: u32 = 1 << 3;
/// The same: the PHY has something to say, which its own registers tell.
pub(super) const PHY_EVENT: u32 = 1 << 18;

/// `hardware_config`.
pub(super) const SOFT_RESET: u32 = 1 << 0;
/// `hardware_config`: whole frames are stored before they are sent; must be set.
pub(super) const STORE_AND_FORWARD: u32 = 1 << 20;
/// `hardware_config`: 5 KiB of the FIFO memory are for transmission, the rest for reception.
pub(super) const TRANSMIT_FIFO_5K: u32 = 5 << 16;

/// `transmit_config`.
pub(super) const TRANSMIT_ON: u32 = 1 << 1;
/// `transmit_config`: status words that nobody reads may be overwritten.
pub(super) const STATUS_MAY_OVERRUN: u32 = 1 << 2;

/// Transmit command A.
pub(super) const FIRST_SEGMENT: u32 = 1 << 13;
/// Transmit command A.
pub(super) const LAST_SEGMENT: u32 = 1 << 12;

/// `receive_status`: the frame is damaged.
pub(super) const RECEIVE_ERROR: u32 = 1 << 15;

/// `mac_command`: the access is under way.
pub(super) const MAC_BUSY: u32 = 1 << 31;
/// `mac_command`: read, not write.
pub(super) const MAC_READ: u32 = 1 << 30;

/// MAC registers, reached through `mac_command`.
pub(super) const MAC_CONTROL: u32 = 1;
pub(super) const MAC_ADDRESS_HIGH: u32 = 2;
pub(super) const MAC_ADDRESS_LOW: u32 = 3;
pub(super) const MII_ACCESS: u32 = 6;
pub(super) const MII_DATA: u32 = 7;

/// `MAC_CONTROL`.
pub(super) const FULL_DUPLEX: u32 = 1 << 20;
/// By these hosts ask for an IPv6 address. lwIP drops what is for others.
pub(super) const ALL_MULTICASTS: u32 = 1 << 19;
pub(super) const MAC_TRANSMIT: u32 = 1 << 3;
pub(super) const MAC_RECEIVE: u32 = 1 << 2;

/// `MII_ACCESS`: the internal PHY, which is number 1; write, not read; the access is under way. Its register is at bit 6.
pub(super) const MII_INTERNAL_PHY: u32 = 1 << 11;
pub(super) const MII_REGISTER: u32 = 6;
pub(super) const MII_WRITE: u32 = 1 << 1;
pub(super) const MII_BUSY: u32 = 1 << 0;

/// Registers of the PHY: the first two are those of every one (IEEE 802.3, 22.2.4).
pub(super) const PHY_BASIC_CONTROL: u32 = 0;
pub(super) const PHY_BASIC_STATUS: u32 = 1;
/// Reading it clears it.
pub(super) const PHY_INTERRUPT_SOURCE: u32 = 29;
pub(super) const PHY_INTERRUPT_MASK: u32 = 30;

/// `PHY_BASIC_CONTROL`: negotiate speed and duplex, now.
pub(super) const NEGOTIATE: u32 = 1 << 12 | 1 << 9;
/// `PHY_BASIC_STATUS`: there is a link. Once lost it is read as lost one more time.
pub(super) const LINK: u32 = 1 << 2;
/// `PHY_INTERRUPT_SOURCE` and `PHY_INTERRUPT_MASK`: the link is lost; speed and duplex are negotiated, so there is one.
pub(super) const LINK_EVENTS: u32 = 1 << 4 | 1 << 6;
