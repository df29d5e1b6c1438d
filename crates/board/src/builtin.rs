//! The board files built into the binary.

/// Names and texts, the board with the least memory first: the first that has the room is what a misfit
/// suggests.
pub(crate) const BOARDS: [(&str, &str); 4] = [
    ("permut8", include_str!("../../../boards/permut8.toml")),
    ("daisy-seed-1mb", include_str!("../../../boards/daisy-seed-1mb.toml")),
    ("daisy-seed-65mb", include_str!("../../../boards/daisy-seed-65mb.toml")),
    ("host", include_str!("../../../boards/host.toml")),
];
