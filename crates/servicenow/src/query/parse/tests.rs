//! Tables of text and tree, and the two laws: printing a tree and reading it gives the tree; reading any text
//! and printing it gives text that stays as it is.

use proptest::prelude::*;

use super::super::{Alternative, Clause, Condition, Join, Operator, Order, Query, RelatedList, Term};

/// A short form of the tree: alternatives by `|`, clauses by `&`, terms by `/`.
fn shape(query: &Query) -> String {
    let term = |term: &Term| match term {
        Term::Condition(c) => format!("{} {} [{}]", c.field, c.operator.as_str(), c.value),
        Term::Related(r) => format!(
            "related {}.{} {}{}{}({})",
            r.table,
            r.field,
            r.comparison.as_str(),
            r.count,
            if r.many_to_many { " m2m" } else { "" },
            shape(&r.conditions)
        ),
        Term::Join(j) => format!(
            "join {}.{}={}.{}({})",
            j.table,
            j.field,
            j.other_table,
            j.other_field,
            j.condition.as_ref().map(ToString::to_string).unwrap_or_default()
        ),
        Term::Text(words) => format!("text [{words}]"),
        Term::Invalid(text) => format!("invalid [{text}]"),
    };
    let clause = |clause: &Clause| clause.any_of.iter().map(term).collect::<Vec<_>>().join(" / ");
    let alternative = |one: &Alternative| one.clauses.iter().map(clause).collect::<Vec<_>>().join(" & ");
    let mut text = query.alternatives.iter().map(alternative).collect::<Vec<_>>().join(" | ");
    for field in &query.group_by {
        text += &format!(" group {field}");
    }
    for order in &query.order {
        text += &format!(" {} {}", if order.descending { "desc" } else { "asc" }, order.field);
    }
    text
}

#[test]
fn reads_the_language() {
    for (text, expected) in [
        ("", ""),
        ("^EQ", ""),
        ("^^^", "invalid [^]"),
        ("active=true", "active = [true]"),
        ("a=1^b=2^ORc=3^d=4", "a = [1] & b = [2] / c = [3] & d = [4]"),
        ("a=1^b=2^NQc=3^d=4", "a = [1] & b = [2] | c = [3] & d = [4]"),
        ("a=1^NQ^NQb=2^NQ", "a = [1] | b = [2]"),
        ("^ORa=1^ORb=2", "a = [1] / b = [2]"),
        ("a=1^ORDERBYx^ORb=2^ORDERBYDESCy^EQ", "a = [1] / b = [2] asc x desc y"),
        ("a=1^NQORDERBYx", "a = [1] asc x"),
        ("GROUPBYg^a=1", "a = [1] group g"),
        ("state==1", "state = [=1]"),
        ("state=", "state = []"),
        ("a=x^^y^b=z", "a = [x^y] & b = [z]"),
        ("stateIN1,2,3", "state IN [1,2,3]"),
        ("numberNOT INa,b", "number NOT IN [a,b]"),
        ("name%x^name*y^name!*z", "name ENDSWITH [x] & name LIKE [y] & name NOT LIKE [z]"),
        ("nameNOTLIKEx^nameDOES NOT CONTAINy", "name NOT LIKE [x] & name NOT LIKE [y]"),
        ("nameCONTAINSx", "name LIKE [x]"),
        ("nameISEMPTYignored", "name ISEMPTY []"),
        ("sys_class_nameINSTANCEOFcmdb_ci", "sys_class_name INSTANCEOF [cmdb_ci]"),
        ("u_FooLIKEbar^AAAA=BBBB", "u_Foo LIKE [bar] & AAAA = [BBBB]"),
        ("caller_id.department.name=IT", "caller_id.department.name = [IT]"),
        ("sys_created_onONToday@javascript:a()@b()", "sys_created_on ON [Today@javascript:a()@b()]"),
        ("sys_updated_onRELATIVEGT@hour@ago@2", "sys_updated_on RELATIVEGT [@hour@ago@2]"),
        ("GOTOnumber>=INC001", "number >= [INC001]"),
        ("123TEXTQUERY321=red hat^GOTO123TEXTQUERY321=x", "text [red hat] & text [x]"),
        ("a=1^123TEXTINDEXGROUP321=portal", "a = [1]"),
        ("=x^a b=1", "invalid [=x] & invalid [a b=1]"),
        (
            "RLQUERYsys_user_has_role.user,>0,m2m^role.nameLIKEadmin^ENDRLQUERY^active=true",
            "related sys_user_has_role.user >0 m2m(role.name LIKE [admin]) & active = [true]",
        ),
        (
            "RLQUERYincident.problem_id,>=1,priority=1^ORpriority=2^ENDRLQUERY^ORa=1",
            "related incident.problem_id >=1(priority = [1] / priority = [2]) / a = [1]",
        ),
        ("RLQUERYincident.problem_id,>=1^ENDRLQUERY", "related incident.problem_id >=1()"),
        ("RLQUERYt.f,=0^a=1", "related t.f =0(a = [1])"),
        ("RLQUERYt^a=1^ENDRLQUERY^b=2", "invalid [RLQUERYt^a=1] & b = [2]"),
        ("RLQUERYt.f,LIKE2^ENDRLQUERY", "invalid [RLQUERYt.f,LIKE2]"),
        (
            "JOINsys_user.sys_id=sys_user_group.manager!active=true",
            "join sys_user.sys_id=sys_user_group.manager(active=true)",
        ),
        ("JOINa.b=c.d!^x=1", "join a.b=c.d() & x = [1]"),
        ("JOINa.b", "invalid [JOINa.b]"),
    ] {
        assert_eq!(shape(&Query::parse(text)), expected, "{text}");
    }
}

#[test]
fn reads_every_operator_after_a_field() {
    for &operator in Operator::all() {
        let query = Query::new().and("u_field.x", operator, "");
        assert_eq!(Query::parse(&query.to_string()), query, "{operator:?}");
        for alias in operator.aliases() {
            assert_eq!(Query::parse(&format!("u_field.x{alias}")), query, "{alias}");
        }
    }
}

#[test]
fn stays_as_printed() {
    for text in [
        "a=1^GOTO^^x",
        "ORNQx=1",
        "a=1^ORGOTODERBYx=1",
        "GOTO123TEXTINDEXGROUP321=x",
        "OREQ^GOTOGOTOx=1",
        "BO!*^u_O*x",
    ] {
        let printed = Query::parse(text).to_string();
        assert_eq!(Query::parse(&printed), Query::parse(text), "{text}");
        assert_eq!(Query::parse(&printed).to_string(), printed, "{text}");
    }
}

fn field() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z][a-z0-9_]{0,8}(\\.[a-z_]{1,5})?", Just("u_Foo".to_owned()), Just("NQx".to_owned())]
}

fn condition() -> impl Strategy<Value = Condition> {
    let operator = proptest::sample::select(Operator::all());
    (field(), operator, "(|[^=_S][ -~é^]{0,8})").prop_map(|(field, operator, value)| {
        let none = operator.operand() == super::super::Operand::None;
        Condition::new(field, operator, if none { String::new() } else { value })
    })
}

fn join() -> impl Strategy<Value = Join> {
    let table = || "[a-z_]{1,6}";
    (table(), field(), table(), field(), proptest::option::of(condition())).prop_map(
        |(table, field, other_table, other_field, condition)| Join {
            table,
            field,
            other_table,
            other_field,
            condition,
        },
    )
}

fn simple_term() -> BoxedStrategy<Term> {
    prop_oneof![
        6 => condition().prop_map(Term::from),
        1 => join().prop_map(Term::from),
        1 => "[ -~^]{0,6}".prop_map(Term::Text),
        1 => "[=?^ ][ -~^]{0,6}".prop_map(Term::Invalid),
    ]
    .boxed()
}

fn alternatives(term: BoxedStrategy<Term>) -> impl Strategy<Value = Vec<Alternative>> {
    let clause = prop::collection::vec(term, 1..3).prop_map(|any_of| Clause { any_of });
    let alternative = prop::collection::vec(clause, 1..3).prop_map(|clauses| Alternative { clauses });
    prop::collection::vec(alternative, 0..3)
}

fn term() -> BoxedStrategy<Term> {
    simple_term()
        .prop_recursive(2, 12, 4, |inner| {
            let conditions = alternatives(inner.boxed());
            let comparison =
                prop::sample::select(vec![Operator::Is, Operator::GreaterOrEqual, Operator::LessThan]);
            ("[a-z_]{1,6}", field(), comparison, any::<u64>(), any::<bool>(), conditions).prop_map(
                |(table, field, comparison, count, many_to_many, alternatives)| {
                    let conditions = Box::new(Query { alternatives, ..Query::default() });
                    RelatedList { table, field, comparison, count, many_to_many, conditions }.into()
                },
            )
        })
        .boxed()
}

fn query() -> impl Strategy<Value = Query> {
    let order = (field(), any::<bool>()).prop_map(|(field, descending)| Order { field, descending });
    (alternatives(term()), prop::collection::vec(order, 0..3), prop::collection::vec(field(), 0..2))
        .prop_map(|(alternatives, order, group_by)| Query { alternatives, order, group_by })
}

/// Text that is dense in what the language reacts to.
fn text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "^",
        "^",
        "^",
        "^^",
        "NQ",
        "OR",
        "EQ",
        "DERBY",
        "ORDERBY",
        "DESC",
        "GROUPBY",
        "GOTO",
        "RLQUERY",
        "ENDRLQUERY",
        "RLQUERYt.f,>1",
        ",m2m",
        ",",
        "m2m",
        "JOIN",
        "JOINa.b=c.d!",
        "123TEXTQUERY321=",
        "123TEXTINDEXGROUP321=",
        "a",
        "X",
        "O",
        "*",
        "%",
        "=",
        "!",
        "<",
        "IN",
        "STANCEOF",
        "ON",
        "1",
        " ",
        "é",
        ".",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn a_printed_tree_reads_back(query in query()) {
        prop_assert_eq!(Query::parse(&query.to_string()), query);
    }

    #[test]
    fn any_text_reads_to_a_tree_that_reads_back(text in text()) {
        let query = Query::parse(&text);
        let printed = query.to_string();
        prop_assert_eq!(Query::parse(&printed), query, "printed {}", printed);
    }

    #[test]
    fn any_unicode_is_read(text in "\\PC{0,40}") {
        let query = Query::parse(&text);
        prop_assert_eq!(Query::parse(&query.to_string()), query);
    }
}
