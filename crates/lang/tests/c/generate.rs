//! Random C programs whose meaning the standard fixes: no overflow that matters (signed integers wrap in both compilers),
//! no division by zero, no index outside of its array, no two effects in one expression.

use std::fmt::Write;

/// Programs in one source; each is a function that `setup` calls.
pub const PROGRAMS: u64 = 10;

/// What all programs of a source share.
const HEAD: &str = "
void print_i32(int x);
void print_i64(long long x);
void print_f32(float x);
void print_f64(double x);
static int whole(double x) { return x > -1000000.0 && x < 1000000.0 ? (int)x : 7; }
struct S { signed char c; unsigned short h; int i; long long l; float f; unsigned char a[4]; };
";

const TYPES: [&str; 10] = [
    "signed char",
    "unsigned char",
    "short",
    "unsigned short",
    "int",
    "unsigned",
    "long long",
    "unsigned long long",
    "float",
    "double",
];

/// The source of the programs of a seed.
pub fn source(seed: u64) -> String {
    let mut text = HEAD.to_owned();
    for program in 0..PROGRAMS {
        let mut writer = Writer::new(seed * PROGRAMS + program + 1, program);
        writer.program();
        text += &writer.text;
    }
    text += "void setup(void) {\n";
    for program in 0..PROGRAMS {
        let _ = writeln!(text, "    p{program}_run();");
    }
    text + "}\n"
}

struct Writer {
    state: u64,
    /// What the names of the program begin with.
    prefix: String,
    text: String,
    indent: usize,
    /// Variables in reach, and whether each is an integer.
    variables: Vec<(String, bool)>,
    /// Those that may be changed where statements are written now.
    changeable: usize,
    next: u32,
    loops: u32,
    /// Functions that change nothing: the name, and the number of parameters.
    pure: Vec<(String, usize)>,
    depth: u32,
}

impl Writer {
    fn new(seed: u64, program: u64) -> Writer {
        Writer {
            state: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
            prefix: format!("p{program}_"),
            text: String::new(),
            indent: 0,
            variables: Vec::new(),
            changeable: 0,
            next: 0,
            loops: 0,
            pure: Vec::new(),
            depth: 0,
        }
    }

    fn below(&mut self, limit: u64) -> u64 {
        // Xorshift.
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 20) % limit
    }

    fn one_in(&mut self, count: u64) -> bool {
        self.below(count) == 0
    }

    fn line(&mut self, line: &str) {
        let _ = writeln!(self.text, "{}{line}", "    ".repeat(self.indent));
    }

    fn ty(&mut self) -> (&'static str, bool) {
        let at = self.below(10) as usize;
        (TYPES[at], at < 8)
    }

    fn new_name(&mut self, what: &str) -> String {
        self.next += 1;
        format!("{}{what}{}", self.prefix, self.next)
    }

    fn program(&mut self) {
        let p = self.prefix.clone();
        for _ in 0..3 {
            let (ty, integer) = self.ty();
            let name = self.new_name("g");
            let value = self.constant(integer);
            let constant = ["", "static "][self.below(2) as usize];
            self.line(&format!("{constant}{ty} {name} = {value};"));
            self.variables.push((name, integer));
        }
        for (name, size) in [("bytes", 8), ("shorts", 4), ("words", 16), ("floats", 4)] {
            let ty = match name {
                "bytes" => ["unsigned char", "signed char"][self.below(2) as usize],
                "shorts" => ["unsigned short", "short"][self.below(2) as usize],
                "words" => ["int", "unsigned", "long long"][self.below(3) as usize],
                _ => ["float", "double"][self.below(2) as usize],
            };
            let values: Vec<String> =
                (0..self.below(4) + 1).map(|_| self.constant(name != "floats")).collect();
            self.line(&format!("{ty} {p}{name}[{size}] = {{{}}};", values.join(", ")));
        }
        self.line(&format!("int {p}grid[3][4] = {{{{1, 2}}, {{3}}, {{4, 5, 6, 7}}}};"));
        self.line(&format!("struct S {p}s = {{1, 2, 3, 4, 5.5f, {{6, 7}}}}, {p}t[2];"));
        let globals = self.variables.clone();
        for at in 0..2 {
            self.pure_function(at);
        }
        self.line(&format!("int (*const {p}table[2])(int, int) = {{{p}f0, {p}f1}};"));
        self.line(&format!("static int {p}deep(int n, int x) {{"));
        let kept = self.below(3);
        self.line(&format!("    int kept[3] = {{n, x, n ^ x}}; int *at = &kept[{kept}];"));
        self.line(&format!("    if (n > 0) kept[1] += {p}deep(n - 1, x * 3 + n);"));
        self.line("    *at -= n; return kept[0] + kept[1] * 2 - kept[2];\n}");
        self.line(&format!("static struct S {p}made(struct S from, int x) {{"));
        self.line("    from.i += x; from.a[x & 3] = x; from.c = from.i; return from;\n}");
        self.variables = globals;
        self.line(&format!("void {p}run(void) {{"));
        self.indent = 1;
        for _ in 0..4 {
            self.declaration();
        }
        for name in ["s.c", "s.h", "s.i", "s.l", "s.f"] {
            self.variables.push((format!("{p}{name}"), name != "s.f"));
        }
        let member = ["c", "h", "i", "l"][self.below(4) as usize];
        let at = self.below(2);
        self.variables.push((format!("{p}t[{at}].{member}"), true));
        self.changeable = self.variables.len();
        let count = self.below(8) + 6;
        for _ in 0..count {
            self.statement(3);
        }
        self.print_all();
        self.indent = 0;
        self.line("}");
    }

    /// A function of two ints that changes nothing.
    fn pure_function(&mut self, at: u32) {
        let name = format!("{}f{at}", self.prefix);
        self.line(&format!("static int {name}(int a, int b) {{"));
        let outer = std::mem::take(&mut self.variables);
        self.variables = vec![("a".to_owned(), true), ("b".to_owned(), true)];
        self.indent = 1;
        self.declaration();
        self.changeable = self.variables.len();
        self.statement(2);
        self.statement(1);
        let value = self.integer(3);
        self.line(&format!("return {value};"));
        self.indent = 0;
        self.line("}");
        self.variables = outer;
        self.pure.push((name, 2));
    }

    fn declaration(&mut self) {
        let (ty, integer) = self.ty();
        let name = self.new_name("v");
        let value = self.any(2);
        let value = if integer { format!("({ty})({})", self.made_whole(&value)) } else { value.0 };
        self.line(&format!("{ty} {name} = {value};"));
        self.variables.push((name, integer));
    }

    fn made_whole(&self, value: &(String, bool)) -> String {
        if value.1 { value.0.clone() } else { format!("whole({})", value.0) }
    }

    fn print_all(&mut self) {
        let p = self.prefix.clone();
        for (name, integer) in self.variables.clone() {
            self.line(&format!("{}({name});", if integer { "print_i64" } else { "print_f64" }));
        }
        for (name, size) in [("bytes", 8), ("shorts", 4), ("words", 16)] {
            self.line(&format!("for (int i = 0; i < {size}; i++) print_i64({p}{name}[i]);"));
        }
        self.line(&format!("for (int i = 0; i < 4; i++) print_f64({p}floats[i]);"));
        self.line(&format!("for (int i = 0; i < 12; i++) print_i32((&{p}grid[0][0])[i]);"));
        self.line(&format!("for (int i = 0; i < 4; i++) print_i32({p}s.a[i] + {p}t[1].a[i]);"));
    }

    fn target(&mut self) -> (String, bool) {
        let p = self.prefix.clone();
        let index = |writer: &mut Writer, size: u64| {
            let value = writer.integer(1);
            format!("[({value}) & {}]", size - 1)
        };
        let in_run = self.indent > 0 && self.variables.len() > 6;
        match self.below(if in_run { 9 } else { 3 }) {
            3 => (format!("{p}bytes{}", index(self, 8)), true),
            4 => (format!("{p}words{}", index(self, 16)), true),
            5 => (format!("{p}shorts{}", index(self, 4)), true),
            6 => (format!("{p}floats{}", index(self, 4)), false),
            7 => {
                let (row, column) = (self.integer(1), self.integer(1));
                (format!("{p}grid[(unsigned)({row}) % 3][({column}) & 3]"), true)
            }
            8 => (format!("{p}s.a{}", index(self, 4)), true),
            _ => {
                let at = self.below(self.changeable as u64) as usize;
                self.variables[at].clone()
            }
        }
    }

    fn statement(&mut self, depth: u32) {
        let kind = self.below(if depth == 0 { 5 } else { 13 });
        match kind {
            0..=2 => {
                let (target, integer) = self.target();
                let value = self.any(3);
                let value = if integer { self.made_whole(&value) } else { value.0 };
                self.line(&format!("{target} = {value};"));
            }
            3 => self.update(),
            4 => {
                let p = self.prefix.clone();
                if self.variables.len() <= 6 || self.indent == 0 {
                    return self.update();
                }
                let value = self.integer(2);
                let text = match self.below(5) {
                    0 => format!("{p}s = {p}made({p}t[{}], {value});", self.below(2)),
                    1 => format!("{p}t[({value}) & 1] = {p}s;"),
                    2 => format!("{p}words[3] = {p}deep({}, {value});", self.below(6)),
                    3 => format!(
                        "{{ struct S *q = &{p}t[({value}) & 1]; q->i++; q->l -= q->h; q->a[2] ^= q->c; }}"
                    ),
                    _ => {
                        let start = format!("(unsigned char *){p}bytes + (({value}) & 3)");
                        format!("{{ unsigned char *q = {start}; *q++ += 3; q[1] = *q + q[-1]; }}")
                    }
                };
                self.line(&text);
            }
            5 | 6 => {
                let condition = self.condition();
                self.line(&format!("if ({condition}) {{"));
                self.block(depth);
                if self.one_in(2) {
                    self.line("} else {");
                    self.block(depth);
                }
                self.line("}");
            }
            7 | 8 => self.counted_loop(depth),
            9 => {
                let value = self.integer(2);
                self.line(&format!("switch (({value}) & 7) {{"));
                for case in 0..self.below(5) + 1 {
                    let label =
                        if self.one_in(6) && case > 2 { "case 9".to_owned() } else { format!("case {case}") };
                    self.line(&format!("{label}: {{"));
                    if label == "case 9" {
                        self.line("break; }");
                        break;
                    }
                    self.block(depth);
                    let end = if self.one_in(3) { "}" } else { "} break;" };
                    self.line(end);
                }
                self.line("default: {");
                self.block(depth);
                self.line("} }");
            }
            10 => {
                let name = self.new_name("w");
                let turns = self.below(6) + 1;
                self.line(&format!("int {name} = {turns};"));
                self.line("do {");
                self.loops += 1;
                self.block(depth);
                self.loops -= 1;
                self.line(&format!("}} while (--{name} > 0);"));
            }
            11 if self.loops > 0 => {
                let condition = self.condition();
                let word = ["break", "continue"][self.below(2) as usize];
                self.line(&format!("if ({condition}) {word};"));
            }
            _ => {
                self.line("{");
                self.block(depth);
                self.line("}");
            }
        }
    }

    fn counted_loop(&mut self, depth: u32) {
        let name = self.new_name("i");
        let (count, step) = (self.below(6) + 1, self.below(3) + 1);
        let ty = ["int", "unsigned char", "short", "unsigned"][self.below(4) as usize];
        self.line(&format!("for ({ty} {name} = 0; {name} < {count}; {name} += {step}) {{"));
        // It is read in the loop, but never changed there.
        self.variables.push((name, true));
        self.loops += 1;
        self.block(depth);
        self.loops -= 1;
        self.variables.pop();
        self.line("}");
    }

    fn block(&mut self, depth: u32) {
        self.indent += 1;
        for _ in 0..self.below(2) + 1 {
            self.statement(depth - 1);
        }
        self.indent -= 1;
    }

    fn update(&mut self) {
        let (target, integer) = self.target();
        if self.one_in(3) {
            let text = ["++", "--"][self.below(2) as usize];
            let text = if self.one_in(2) { format!("{text}{target};") } else { format!("{target}{text};") };
            return self.line(&text);
        }
        let line = if integer {
            match self.below(4) {
                0 => format!(
                    "{target} {} (({}) & 7);",
                    ["<<=", ">>="][self.below(2) as usize],
                    self.integer(2)
                ),
                1 => format!(
                    "{target} {} ((({}) & 15) + 1);",
                    ["/=", "%="][self.below(2) as usize],
                    self.integer(2)
                ),
                _ => {
                    let operator = ["+=", "-=", "*=", "&=", "|=", "^="][self.below(6) as usize];
                    format!("{target} {operator} {};", self.integer(2))
                }
            }
        } else {
            let value = self.any(2).0;
            format!("{target} {} {value};", ["+=", "-=", "*="][self.below(3) as usize])
        };
        self.line(&line);
    }

    fn condition(&mut self) -> String {
        let (left, right) = (self.any(2).0, self.any(2).0);
        let operator = ["<", ">", "<=", ">=", "==", "!="][self.below(6) as usize];
        match self.below(5) {
            0 => format!("{left} {operator} {right} && {}", self.integer(1)),
            1 => format!("{left} {operator} {right} || !({})", self.integer(1)),
            2 => self.integer(2),
            3 => format!("!({left} {operator} {right})"),
            _ => format!("{left} {operator} {right}"),
        }
    }

    /// An expression, and whether it is an integer.
    fn any(&mut self, depth: u32) -> (String, bool) {
        if self.one_in(4) { (self.floating(depth), false) } else { (self.integer(depth), true) }
    }

    fn variable(&mut self, integer: bool) -> Option<String> {
        let of_kind: Vec<String> =
            self.variables.iter().filter(|(_, is)| *is == integer).map(|(name, _)| name.clone()).collect();
        if of_kind.is_empty() {
            return None;
        }
        let at = self.below(of_kind.len() as u64) as usize;
        Some(of_kind[at].clone())
    }

    fn constant(&mut self, integer: bool) -> String {
        if !integer {
            let constants = ["0.5", "2.0f", "-1.25", "1e3", "3.0f", "0.1", "-0.1f", "7.75"];
            return constants[self.below(8) as usize].to_owned();
        }
        match self.below(6) {
            0 => format!("{}", self.below(300)),
            1 => format!("-{}", self.below(200)),
            2 => format!("{}u", self.below(1 << 32)),
            3 => format!("{}LL", self.below(1 << 40)),
            4 => ["0x7FFFFFFF", "0x80", "0xFFFF", "'a'", "65535u", "0x80000000"][self.below(6) as usize]
                .to_owned(),
            _ => format!("{}", self.below(10)),
        }
    }

    fn integer(&mut self, depth: u32) -> String {
        self.depth += 1;
        let kind = if depth == 0 { self.below(4) } else { self.below(18) };
        let text = match kind {
            0..=2 => self.variable(true).unwrap_or_else(|| "3".to_owned()),
            3 => self.constant(true),
            4..=7 => {
                let operator = ["+", "-", "*", "&", "|", "^"][self.below(6) as usize];
                format!("({} {operator} {})", self.integer(depth - 1), self.integer(depth - 1))
            }
            8 => format!(
                "({} {} (({}) & 31))",
                self.integer(depth - 1),
                ["<<", ">>"][self.below(2) as usize],
                self.integer(depth - 1)
            ),
            9 => format!(
                "({} {} ((({}) & 31) + 1))",
                self.integer(depth - 1),
                ["/", "%"][self.below(2) as usize],
                self.integer(depth - 1)
            ),
            10 => format!("{}({})", ["-", "~", "!"][self.below(3) as usize], self.integer(depth - 1)),
            11 => format!("({})({})", TYPES[self.below(8) as usize], self.integer(depth - 1)),
            12 => format!(
                "({} ? {} : {})",
                self.condition_below(depth),
                self.integer(depth - 1),
                self.integer(depth - 1)
            ),
            13 => format!("({})", self.condition_below(depth)),
            14 => format!("whole({})", self.floating(depth - 1)),
            15 if !self.pure.is_empty() => {
                let at = self.below(self.pure.len() as u64) as usize;
                let name = self.pure[at].0.clone();
                format!("{name}({}, {})", self.integer(depth - 1), self.integer(depth - 1))
            }
            16 if self.pure.len() == 2 => {
                let table = format!("{}table", self.prefix);
                let (at, a, b) = (self.integer(depth - 1), self.integer(depth - 1), self.integer(depth - 1));
                format!("{table}[({at}) & 1]({a}, {b})")
            }
            17 if self.pure.len() == 2 => {
                let (name, size) = [("bytes", 8), ("shorts", 4), ("words", 16)][self.below(3) as usize];
                {
                    let index = self.integer(depth - 1);
                    format!("{}{name}[({index}) & {}]", self.prefix, size - 1)
                }
            }
            _ => format!("({}, {})", self.integer(0), self.integer(depth - 1)),
        };
        self.depth -= 1;
        text
    }

    fn condition_below(&mut self, depth: u32) -> String {
        let operator = ["<", ">", "<=", ">=", "==", "!=", "&&", "||"][self.below(8) as usize];
        format!("{} {operator} {}", self.any(depth - 1).0, self.any(depth - 1).0)
    }

    fn floating(&mut self, depth: u32) -> String {
        match if depth == 0 { self.below(3) } else { self.below(7) } {
            0 | 1 => self.variable(false).unwrap_or_else(|| "1.5f".to_owned()),
            2 => self.constant(false),
            3 | 4 => {
                let operator = ["+", "-", "*"][self.below(3) as usize];
                format!("({} {operator} {})", self.floating(depth - 1), self.any(depth - 1).0)
            }
            5 => format!("({})({})", ["float", "double"][self.below(2) as usize], self.any(depth - 1).0),
            _ => format!(
                "({} ? {} : {})",
                self.condition_below(depth),
                self.floating(depth - 1),
                self.floating(depth - 1)
            ),
        }
    }
}
