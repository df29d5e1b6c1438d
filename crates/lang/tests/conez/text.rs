//! The host's strings and printf.

use sostenuto_vm::{FlatMemory, LinearMemory};

use super::Conez;

type Memory = FlatMemory<Vec<u8>>;

fn bytes(at: u32, memory: &mut Memory) -> Vec<u8> {
    let load = |at: u32| memory.load::<1>(at.into()).unwrap()[0];
    // 0 is no text, which is empty.
    if at == 0 { Vec::new() } else { (at..).map(load).take_while(|&byte| byte != 0).collect() }
}

pub fn read_string(at: u32, memory: &mut Memory) -> String {
    String::from_utf8(bytes(at, memory)).unwrap()
}

/// A `basic_str_` function.
pub fn call(host: &mut Conez, function: &str, args: &[u32], memory: &mut Memory) -> u64 {
    let int = |at: usize| args.get(at).map_or(0, |&word| word as i32);
    if function == "free" {
        assert!(args[0] >= 0x8000, "{:#x} is no text of the pool", args[0]);
        host.free(args[0]);
        return 0;
    }
    let made = match function {
        "chr" => vec![args[0] as u8],
        "from_int" => int(0).to_string().into_bytes(),
        "from_i64" => ((u64::from(args[1]) << 32 | u64::from(args[0])) as i64).to_string().into_bytes(),
        "from_float" => f32::from_bits(args[0]).to_string().into_bytes(),
        "repeat" => vec![args[1] as u8; args[0] as usize],
        "space" => vec![b' '; args[0] as usize],
        "hex" => format!("{:X}", int(0)).into_bytes(),
        "oct" => format!("{:o}", int(0)).into_bytes(),
        _ => {
            let text = bytes(args[0], memory);
            let shown = String::from_utf8_lossy(&text).into_owned();
            let number = shown.trim();
            match function {
                "len" => return text.len() as u64,
                "asc" => return text.first().map_or(0, |&byte| byte.into()),
                "to_int" => return number.parse::<i32>().unwrap_or(0) as u32 as u64,
                "to_i64" => return number.parse::<i64>().unwrap_or(0) as u64,
                "to_float" => return number.parse::<f32>().unwrap_or(0.0).to_bits().into(),
                "cmp" => return text.cmp(&bytes(args[1], memory)) as i32 as u32 as u64,
                "instr" => {
                    let sought = bytes(args[1], memory);
                    let from = (int(2).max(1) - 1) as usize;
                    let found = text
                        .get(from..)
                        .and_then(|rest| rest.windows(sought.len().max(1)).position(|w| w == sought));
                    return found.map_or(0, |at| (from + at + 1) as u64);
                }
                "copy" => text,
                "concat" => [text, bytes(args[1], memory)].concat(),
                "upper" => text.to_ascii_uppercase(),
                "lower" => text.to_ascii_lowercase(),
                "trim" => shown.trim().as_bytes().to_vec(),
                "ltrim" => shown.trim_start().as_bytes().to_vec(),
                "rtrim" => shown.trim_end().as_bytes().to_vec(),
                "left" => text[..text.len().min(int(1).max(0) as usize)].to_vec(),
                "right" => text[text.len() - text.len().min(int(1).max(0) as usize)..].to_vec(),
                "mid" => {
                    let from = (int(1).max(1) as usize - 1).min(text.len());
                    text[from..text.len().min(from + int(2).max(0) as usize)].to_vec()
                }
                "mid_assign" => {
                    let put = bytes(args[3], memory);
                    let from = int(1).max(1) as usize - 1;
                    let mut text = text;
                    for (at, byte) in (from..text.len()).zip(put.into_iter().take(int(2).max(0) as usize)) {
                        text[at] = byte;
                    }
                    text
                }
                _ => panic!("no basic_str_{function} here"),
            }
        }
    };
    host.new_text(memory, &made).into()
}

/// What printf makes of a text and its cells.
pub fn format(at: u32, mut cells: u32, memory: &mut Memory) -> String {
    let format = read_string(at, memory);
    let mut text = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let word = memory.load::<4>(cells.into()).unwrap();
        match chars.next() {
            Some('%') => text.push('%'),
            Some('d') => {
                text += &i32::from_le_bytes(word).to_string();
                cells += 4;
            }
            Some('s') => {
                text += &read_string(u32::from_le_bytes(word), memory);
                cells += 4;
            }
            Some('f') => {
                text += &format!("{:.6}", f64::from_le_bytes(memory.load::<8>(cells.into()).unwrap()));
                cells += 8;
            }
            other => panic!("no %{other:?} here"),
        }
    }
    text
}
