//! Statements of one line.

use super::{Parsed, Parser, RESERVED};
use crate::basic::ast::{Datum, Exit, Expr, Format, Kind, Mode, Name, Place, Statement};
use crate::basic::token::TokenKind;
use crate::diagnostic::Diagnostic;

impl Parser<'_> {
    /// A statement and the end of its line.
    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        let start = self.span();
        let opens = match self.peek() {
            TokenKind::Word(word) => word.clone(),
            _ => String::new(),
        };
        let kind = match opens.as_str() {
            "IF" => {
                self.next();
                let (kind, on_a_line) = self.if_(start)?;
                if on_a_line {
                    self.line_end()?;
                }
                kind
            }
            "FOR" => self.opened(|parser| parser.for_(start))?,
            "WHILE" => self.opened(|parser| parser.while_(start))?,
            "DO" => self.opened(|parser| parser.do_(start))?,
            "SELECT" => self.opened(|parser| parser.select(start))?,
            "SUB" | "FUNCTION" => self.opened(|parser| parser.sub(start))?,
            _ => {
                let statement = self.statement_in_line()?;
                self.line_end()?;
                return Ok(statement);
            }
        };
        Ok(Statement { kind, span: start })
    }

    fn opened(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<Kind>) -> Parsed<Kind> {
        self.next();
        parse(self)
    }

    /// A statement that fits on a line, without the line's end.
    pub(super) fn statement_in_line(&mut self) -> Parsed<Statement> {
        let start = self.span();
        // Statements in statements go this way, which therefore takes little of the compiler's own stack.
        let kind = if self.take_word("IF") {
            let (kind, on_a_line) = self.if_(start)?;
            if !on_a_line {
                let message = "an IF over several lines stands on lines of its own";
                return Err(self.report(Diagnostic::error(start, message)));
            }
            kind
        } else {
            self.kind_in_line()?
        };
        Ok(Statement { kind, span: start.to(self.previous()) })
    }

    fn kind_in_line(&mut self) -> Parsed<Kind> {
        if self.take_symbol(">") {
            return Ok(Kind::Print(self.expression()?));
        }
        let TokenKind::Word(word) = self.peek().clone() else { return Err(self.expected("a statement")) };
        if *self.peek_after(1) == TokenKind::Symbol("=") && !RESERVED.contains(&word.as_str()) {
            return self.assignment();
        }
        let start = self.span();
        Ok(match word.as_str() {
            "FOR" | "WHILE" | "DO" | "SELECT" | "SUB" | "FUNCTION" => {
                let message = format!("`{word}` begins on a line of its own");
                return Err(self.report(Diagnostic::error(start, message)));
            }
            "PRINTS" => self.after(|parser| Ok(Kind::PrintText(parser.expression()?)))?,
            "FORMAT" => self.after(Parser::format)?,
            "PRINT" => self.after(Parser::print_file)?,
            "INPUT" => self.after(Parser::input_file)?,
            "EXIT" => self.after(Parser::exit)?,
            "RETURN" => self.after(Parser::return_)?,
            "BYE" => self.after(|_| Ok(Kind::Bye))?,
            "BREAK" => self.after(|_| Ok(Kind::Break))?,
            "RESTORE" => self.after(|_| Ok(Kind::Restore))?,
            "LOCAL" => self.after(|parser| Ok(Kind::Local(parser.names("a variable")?)))?,
            "ERASE" => self.after(|parser| Ok(Kind::Erase(parser.names("an array")?)))?,
            "CONST" => self.after(|parser| {
                let name = parser.name("the name of the constant")?;
                parser.symbol("=")?;
                Ok(Kind::Const(name, parser.expression()?))
            })?,
            "SWAP" => self.after(|parser| {
                let one = parser.place()?;
                parser.symbol(",")?;
                Ok(Kind::Swap(one, parser.place()?))
            })?,
            "DIM" => self.after(|parser| Ok(Kind::Dim(parser.arrays()?)))?,
            "REDIM" => self.after(|parser| {
                let preserve = parser.take_word("PRESERVE");
                Ok(Kind::Redim { preserve, arrays: parser.arrays()? })
            })?,
            "OPTION" => self.after(Parser::option)?,
            "DATA" => self.after(Parser::data)?,
            "READ" => self.after(|parser| Ok(Kind::Read(parser.places()?)))?,
            "OPEN" => self.after(Parser::open)?,
            "CLOSE" => self.after(Parser::close)?,
            "KILL" => self.after(|parser| Ok(Kind::File("file_delete", parser.expression()?)))?,
            "MKDIR" => self.after(|parser| Ok(Kind::File("file_mkdir", parser.expression()?)))?,
            "RMDIR" => self.after(|parser| Ok(Kind::File("file_rmdir", parser.expression()?)))?,
            "NAME" if *self.peek_after(1) != TokenKind::Line => self.after(|parser| {
                let from = parser.expression()?;
                parser.word("AS")?;
                Ok(Kind::Rename(from, parser.expression()?))
            })?,
            "DECLARE" => self.after(|parser| {
                if !parser.take_word("SUB") && !parser.take_word("FUNCTION") {
                    return Err(parser.expected("`SUB` or `FUNCTION`"));
                }
                let (name, parameters) = parser.sub_head()?;
                Ok(Kind::Declare { name, parameters })
            })?,
            _ if RESERVED.contains(&word.as_str()) || unsupported(&word).is_some() => {
                return Err(self.not_a_statement(&word));
            }
            "CALL" if matches!(self.peek_after(1), TokenKind::Word(_)) => self.after(Parser::call)?,
            _ => self.assignment_or_call()?,
        })
    }

    fn after(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<Kind>) -> Parsed<Kind> {
        self.next();
        parse(self)
    }

    fn not_a_statement(&mut self, word: &str) -> super::Reported {
        let (shown, hint) = match (word, self.peek_after(1)) {
            ("END", TokenKind::Word(what)) if what == "FOR" => ("END FOR", Some("a FOR ends with NEXT")),
            ("END", TokenKind::Word(what)) if what == "WHILE" => {
                ("END WHILE", Some("a WHILE ends with WEND"))
            }
            ("END", _) => {
                ("END", Some("BYE ends the program; END stands before IF, SELECT, SUB or FUNCTION"))
            }
            (word, _) => (word, unsupported(word)),
        };
        let mut diagnostic = Diagnostic::error(self.span(), format!("`{shown}` is no statement"));
        diagnostic.hint = hint.map(str::to_owned);
        self.report(diagnostic)
    }

    fn assignment(&mut self) -> Parsed<Kind> {
        let name = self.name("a variable")?;
        self.symbol("=")?;
        Ok(Kind::Assign(Place { name, indices: None }, self.expression()?))
    }

    /// `A(1) = value`, `MID$(A$, 1, 2) = value`, or the call of a SUB or function.
    fn assignment_or_call(&mut self) -> Parsed<Kind> {
        if *self.peek_after(1) != TokenKind::Symbol("(")
            || *self.after_parentheses() != TokenKind::Symbol("=")
        {
            return self.call();
        }
        let name = self.name("a variable")?;
        if name.text == "MID$" {
            return self.splice();
        }
        let indices = self.arguments()?;
        self.symbol("=")?;
        Ok(Kind::Assign(Place { name, indices: Some(indices) }, self.expression()?))
    }

    fn splice(&mut self) -> Parsed<Kind> {
        self.symbol("(")?;
        let target = self.place()?;
        self.symbol(",")?;
        let start = self.expression()?;
        let length = match self.take_symbol(",") {
            true => Some(self.expression()?),
            false => None,
        };
        self.symbol(")")?;
        self.symbol("=")?;
        Ok(Kind::Splice { target, start, length, value: self.expression()? })
    }

    /// A SUB's name and its arguments, with or without parentheses around them all.
    fn call(&mut self) -> Parsed<Kind> {
        let in_parentheses = *self.peek_after(1) == TokenKind::Symbol("(")
            && match self.after_parentheses() {
                TokenKind::Line | TokenKind::End => true,
                TokenKind::Word(word) => word == "ELSE",
                _ => false,
            };
        let name = self.name("a SUB")?;
        let arguments = match () {
            () if self.is_line_end() || self.is_word("ELSE") => Vec::new(),
            () if in_parentheses => self.arguments()?,
            () => self.expressions()?,
        };
        Ok(Kind::Call(name, arguments))
    }

    /// The token after the parenthesis that closes the one after this token.
    fn after_parentheses(&self) -> &TokenKind {
        let mut depth = 0;
        for (at, token) in self.tokens.iter().enumerate().skip(self.at + 1) {
            match token.kind {
                TokenKind::Line => break,
                TokenKind::Symbol("(") => depth += 1,
                TokenKind::Symbol(")") => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                return &self.tokens[at + 1].kind;
            }
        }
        &TokenKind::End
    }

    fn place(&mut self) -> Parsed<Place> {
        let name = self.name("a variable")?;
        let indices = match self.is_symbol("(") {
            true => Some(self.arguments()?),
            false => None,
        };
        Ok(Place { name, indices })
    }

    fn places(&mut self) -> Parsed<Vec<Place>> {
        let mut places = vec![self.place()?];
        while self.take_symbol(",") {
            places.push(self.place()?);
        }
        Ok(places)
    }

    /// Names of arrays with their highest indices.
    fn arrays(&mut self) -> Parsed<Vec<(Name, Vec<Expr>)>> {
        let mut arrays = Vec::new();
        loop {
            let name = self.name("an array")?;
            if self.is_word("AS") {
                let diagnostic = Diagnostic::error(self.span(), "a type is told by the name's suffix");
                let hint = "none for an integer, # for a float, & for 64 bits, $ for a string";
                return Err(self.report(diagnostic.hint(hint)));
            }
            arrays.push((name, self.arguments()?));
            if !self.take_symbol(",") {
                return Ok(arrays);
            }
        }
    }

    fn format(&mut self) -> Parsed<Kind> {
        let span = self.span();
        let TokenKind::Text(text) = self.peek().clone() else {
            let diagnostic = Diagnostic::error(span, "FORMAT begins with a text in quotes");
            return Err(self.report(diagnostic.hint("FORMAT \"$\", A$ prints a string, and PRINTS A$ does")));
        };
        self.next();
        let arguments = match self.take_symbol(",") {
            true => self.expressions()?,
            false => Vec::new(),
        };
        Ok(Kind::Format(Format { text, span, arguments }))
    }

    fn exit(&mut self) -> Parsed<Kind> {
        let exits = [Exit::For, Exit::While, Exit::Do, Exit::Select];
        if let Some(exit) = exits.into_iter().find(|exit| self.is_word(exit.word())) {
            self.next();
            return Ok(Kind::Exit(exit));
        }
        if self.is_word("SUB") || self.is_word("FUNCTION") {
            let diagnostic = Diagnostic::error(self.span(), "a SUB is left by RETURN");
            return Err(self.report(diagnostic));
        }
        Err(self.expected("`FOR`, `WHILE`, `DO` or `SELECT`"))
    }

    fn return_(&mut self) -> Parsed<Kind> {
        if self.is_line_end() || self.is_word("ELSE") {
            return Ok(Kind::Return(None));
        }
        Ok(Kind::Return(Some(self.expression()?)))
    }

    fn option(&mut self) -> Parsed<Kind> {
        self.word("BASE")?;
        match *self.peek() {
            TokenKind::Integer(base @ (0 | 1)) => {
                self.next();
                Ok(Kind::OptionBase(base))
            }
            _ => Err(self.expected("`0` or `1`")),
        }
    }

    fn data(&mut self) -> Parsed<Kind> {
        let mut data = vec![self.datum()?];
        while self.take_symbol(",") {
            data.push(self.datum()?);
        }
        Ok(Kind::Data(data))
    }

    fn datum(&mut self) -> Parsed<Datum> {
        let negative = self.take_symbol("-");
        if !negative {
            self.take_symbol("+");
        }
        let datum = match (self.peek().clone(), negative) {
            (TokenKind::Integer(value), false) => Datum::Integer(value),
            (TokenKind::Integer(value), true) => Datum::Integer(value.wrapping_neg()),
            (TokenKind::Long(0x8000_0000), true) => Datum::Integer(i32::MIN),
            (TokenKind::Long(value), false) => Datum::Long(value),
            (TokenKind::Long(value), true) => Datum::Long(value.wrapping_neg()),
            (TokenKind::Float(value), false) => Datum::Float(value),
            (TokenKind::Float(value), true) => Datum::Float(-value),
            (TokenKind::Text(text), false) => Datum::Text(text),
            _ => return Err(self.expected("a number or a text in quotes")),
        };
        self.next();
        Ok(datum)
    }

    fn open(&mut self) -> Parsed<Kind> {
        let path = self.expression()?;
        self.word("FOR")?;
        let mode = match self.peek() {
            TokenKind::Word(word) if word == "INPUT" => Mode::Input,
            TokenKind::Word(word) if word == "OUTPUT" => Mode::Output,
            TokenKind::Word(word) if word == "APPEND" => Mode::Append,
            _ => return Err(self.expected("`INPUT`, `OUTPUT` or `APPEND`")),
        };
        self.next();
        self.word("AS")?;
        let channel = self.channel()?;
        Ok(Kind::Open { path, mode, channel })
    }

    fn channel(&mut self) -> Parsed<Expr> {
        self.symbol("#")?;
        self.expression()
    }

    fn close(&mut self) -> Parsed<Kind> {
        let mut channels = vec![self.channel()?];
        while self.take_symbol(",") {
            channels.push(self.channel()?);
        }
        Ok(Kind::Close(channels))
    }

    fn print_file(&mut self) -> Parsed<Kind> {
        if !self.is_symbol("#") {
            let diagnostic = Diagnostic::error(self.span(), "PRINT writes to a file: PRINT #1, value");
            return Err(self.report(diagnostic.hint("> value prints; FORMAT prints several values")));
        }
        let channel = self.channel()?;
        let value = match self.take_symbol(",") {
            true => Some(self.expression()?),
            false => None,
        };
        Ok(Kind::PrintFile { channel, value })
    }

    fn input_file(&mut self) -> Parsed<Kind> {
        if !self.is_symbol("#") {
            let diagnostic = Diagnostic::error(self.span(), "INPUT reads from a file: INPUT #1, variable");
            return Err(self.report(diagnostic));
        }
        let channel = self.channel()?;
        self.symbol(",")?;
        Ok(Kind::InputFile { channel, target: self.place()? })
    }
}

/// What to write instead of a word of other dialects.
fn unsupported(word: &str) -> Option<&'static str> {
    Some(match word {
        "GOTO" | "GOSUB" => "use a loop, EXIT or a SUB",
        "ON" | "RESUME" | "ERROR" => "errors end the program; there is no handler",
        "TYPE" => "use one array for each field",
        "LET" => "write the assignment alone: X = 1",
        "ENDIF" => "write END IF",
        "ENDSUB" => "write END SUB",
        "CLS" | "LOCATE" | "COLOR" => "there is no screen: > and FORMAT print lines",
        "RANDOMIZE" => "RANDOM(low, high) needs no start",
        _ => return None,
    })
}
