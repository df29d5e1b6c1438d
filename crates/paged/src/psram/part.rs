//! The chips that the driver knows, and how they say who they are.

use core::fmt;

/// What must be known of a chip that it does not tell.
///
/// ```
/// use sostenuto_paged::PsramChip;
///
/// // The same chip, for 105 °C: it must refresh itself more often.
/// let hot = PsramChip { longest_select_ns: 3_000, ..PsramChip::APS6404L_3SQR };
/// assert_eq!(hot.size, 8 << 20);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PsramChip {
    /// Bytes; at most 16 MiB, since an address has 24 bits.
    pub size: u32,
    /// Bytes in a page, which no burst leaves: a power of two.
    pub page: u32,
    /// The longest time, in nanoseconds, for which the chip may be selected (tCEM): it cannot refresh itself meanwhile.
    pub longest_select_ns: u32,
    /// The shortest time, in nanoseconds, for which it must be deselected between two transactions (tCPH).
    pub shortest_deselect_ns: u32,
    /// The fastest clock in hertz of the command 03.
    pub slow_read_hz: u32,
    /// The fastest clock in hertz of the commands 0B and 02.
    pub single_hz: u32,
    /// The fastest clock in hertz of the commands EB and 38, and of all that move no contents.
    pub quad_hz: u32,
    /// The first byte of its identification.
    pub manufacturer: u8,
}

impl PsramChip {
    /// ESP-PSRAM64H (Espressif), 8 MiB, 3.3 V.
    ///
    /// Datasheet V1.0: the command table allows 133 MHz inside a page, the text only 104 MHz for 0B; table 10-5 has tCEM 8 µs
    /// and tCPH 50 ns.
    pub const ESP_PSRAM64H: Self = Self {
        size: 8 << 20,
        page: 1024,
        longest_select_ns: 8_000,
        shortest_deselect_ns: 50,
        slow_read_hz: 33_000_000,
        single_hz: 104_000_000,
        quad_hz: 133_000_000,
        manufacturer: 0x0D,
    };

    /// LY68L6400 (Lyontek), 8 MiB, 3.3 V.
    ///
    /// By its datasheet, revision 1.2, a copy of the APS6404L in every one of these: 133 MHz, tCEM 8 µs, pages of 1 KiB, and
    /// even the identification.
    pub const LY68L6400: Self = Self::ESP_PSRAM64H;

    /// APS6404L-3SQR (AP Memory), 8 MiB, 3.3 V.
    ///
    /// Datasheet revision 2.3: 84 MHz for linear bursts (more only for bursts that wrap after 32 bytes, which are not used
    /// here), tCEM 8 µs up to 85 °C (3 µs for 105 °C), tCPH 18 ns.
    pub const APS6404L_3SQR: Self =
        Self { single_hz: 84_000_000, quad_hz: 84_000_000, shortest_deselect_ns: 18, ..Self::ESP_PSRAM64H };
}

/// What a chip answers to the command 9F: eight bytes, or as many as there was time for at a slow clock, and then zeros.
///
/// ```
/// use sostenuto_paged::PsramId;
///
/// let id = PsramId([0x0D, 0x5D, 0x46, 0, 0, 0, 0, 0]);
/// assert!(id.is_good() && !id.is_bad());
/// assert_eq!(id.size(), Some(8 << 20));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PsramId(pub [u8; 8]);

impl PsramId {
    /// Who made it, or whose chip it is a copy of: 0D for AP Memory, Espressif, Lyontek and others.
    #[must_use]
    pub const fn manufacturer(&self) -> u8 {
        self.0[0]
    }

    /// Whether the maker has tested the die and found it good (KGD, 5D: ESP-PSRAM64H datasheet, figure 6-7).
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.0[1] == 0x5D
    }

    /// Whether the maker has tested the die and found it bad (KGD, 55).
    #[must_use]
    pub const fn is_bad(&self) -> bool {
        self.0[1] == 0x55
    }

    /// How many bytes it has by its third byte, as ESP-IDF reads it (`esp_psram_impl_quad.c`).
    ///
    /// Not to be relied upon: some chips of 4 MiB say 8, and early ones of 8 MiB had a code of their own (26), which is
    /// known here.
    #[must_use]
    pub const fn size(&self) -> Option<u32> {
        match (self.0[2], self.0[2] >> 5) {
            (0x26, _) | (_, 2) => Some(8 << 20),
            (_, 0) => Some(2 << 20),
            (_, 1) => Some(4 << 20),
            _ => None,
        }
    }
}

impl fmt::Display for PsramId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut space = "";
        for byte in self.0 {
            write!(f, "{space}{byte:02X}")?;
            space = " ";
        }
        Ok(())
    }
}
