//! Images that the Arm compiler makes of a few lines of C.

use std::fs;
use std::path::Path;
use std::process::Command;

use sostenuto_board::Board;
use sostenuto_board::inspect::{
    Check, DmaBuffer, Finding, Image, Input, Inspection, Question, Severity, inspect,
};
use tempfile::TempDir;

/// An image and the object of which it was linked.
pub struct Firmware {
    pub elf: Vec<u8>,
    pub object: Vec<u8>,
    folder: TempDir,
}

impl Firmware {
    /// C source with `main`, put behind `start.c` and linked by `memory.ld`.
    pub fn of(source: &str) -> Firmware {
        Firmware::with(source, &[], &[])
    }

    /// The same with changes in the linker script and further options of the compiler.
    pub fn with(source: &str, script: &[(&str, &str)], options: &[&str]) -> Firmware {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ld = include_str!("memory.ld").to_owned();
        for (from, to) in script {
            assert!(ld.contains(from), "the linker script has no `{from}`");
            ld = ld.replace(from, to);
        }
        fs::write(folder.path().join("memory.ld"), ld).expect("written");
        fs::write(folder.path().join("main.c"), format!("{}\n{source}", include_str!("start.c")))
            .expect("written");
        let cpu =
            ["-mcpu=cortex-m7", "-mthumb", "-O1", "-ffreestanding", "-g", "-c", "main.c", "-o", "main.o"];
        run(folder.path(), &[&cpu[..], options].concat());
        let link = [
            "-mcpu=cortex-m7",
            "-mthumb",
            "-nostdlib",
            "-T",
            "memory.ld",
            "main.o",
            "-lgcc",
            "-o",
            "main.elf",
        ];
        run(folder.path(), &link);
        let read = |name| fs::read(folder.path().join(name)).expect("made");
        Firmware { elf: read("main.elf"), object: read("main.o"), folder }
    }

    /// What a tool of the compiler's says of the image.
    pub fn tool(&self, tool: &str, arguments: &[&str]) -> String {
        let out = Command::new(format!("arm-none-eabi-{tool}"))
            .args(arguments)
            .current_dir(self.folder.path())
            .output()
            .expect("the Arm tools are installed");
        assert!(out.status.success(), "{tool}: {}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).expect("text")
    }

    /// The bytes of a file that a tool made.
    pub fn file(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).expect("made")
    }

    pub fn image(&self) -> Image<'_> {
        Image::read(&self.elf).expect("an image")
    }

    /// Inspects it on the Daisy with SDRAM.
    pub fn inspect(&self) -> Inspection {
        self.ask(&Question::default())
    }

    pub fn ask(&self, question: &Question<'_>) -> Inspection {
        inspect(&self.image(), &daisy(), question).expect("an answer")
    }

    /// Asks with the object that it was linked of.
    pub fn with_object(&self) -> Inspection {
        let objects = vec![Input { name: "main.o".to_owned(), bytes: &self.object }];
        self.ask(&Question { objects, ..Question::default() })
    }

    /// Asks for one DMA buffer.
    pub fn dma(&self, symbol: &str, master: &str) -> Inspection {
        let buffers =
            vec![DmaBuffer { symbol: symbol.to_owned(), master: master.to_owned(), maintained: false }];
        self.ask(&Question { buffers, ..Question::default() })
    }
}

pub fn daisy() -> Board {
    Board::builtin("daisy-seed-65mb").expect("built in")
}

fn run(folder: &Path, arguments: &[&str]) {
    let out = Command::new("arm-none-eabi-gcc")
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("arm-none-eabi-gcc is installed (Debian: gcc-arm-none-eabi)");
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
}

/// The findings of one check.
pub fn of(found: &Inspection, check: Check) -> Vec<&Finding> {
    found.findings.iter().filter(|finding| finding.check == check).collect()
}

/// The one finding of a check, which has that severity and tells all of these.
pub fn one(found: &Inspection, check: Check, severity: Severity, told: &[&str]) {
    let findings = of(found, check);
    let [finding] = findings[..] else { panic!("not one finding of {check:?}: {findings:#?}") };
    assert_eq!(finding.severity, severity, "{}", finding.message);
    for part in told {
        assert!(finding.message.contains(part), "`{part}` is not told in: {}", finding.message);
    }
}

/// That a check finds nothing.
pub fn none(found: &Inspection, check: Check) {
    let findings = of(found, check);
    assert!(findings.is_empty(), "{findings:#?}");
}
