import { create, type MessageInitShape } from "@bufbuild/protobuf";
import {
  ClauseSchema,
  type Clause,
  FilterSchema,
  type Operator,
  type Query,
  QuerySchema,
} from "./generated/sncgate/v1/query_pb.js";

/** ServiceNow's encoded text, or a whole query. */
export type QueryLike = string | MessageInitShape<typeof QuerySchema>;

/** A query from ServiceNow's encoded text, as "active=true^priority=1", and more of the message's fields. */
export function encoded(text: string, more: MessageInitShape<typeof QuerySchema> = {}): Query {
  const query = create(QuerySchema, more);
  query.filter = { case: "encoded", value: text };
  return query;
}

/** A query in which all of the clauses must hold, as a tree: values need no escapes. */
export function where(clauses: Clause[], more: MessageInitShape<typeof QuerySchema> = {}): Query {
  const query = create(QuerySchema, more);
  query.filter = { case: "tree", value: create(FilterSchema, { groups: [{ clauses }] }) };
  return query;
}

/** Compares a field with a value. */
export function condition(field: string, operator: Operator, value = ""): Clause {
  return create(ClauseSchema, { anyOf: [{ term: { case: "condition", value: { field, operator, value } } }] });
}

/** Holds where any of the clauses does. */
export function anyOf(...clauses: Clause[]): Clause {
  return create(ClauseSchema, { anyOf: clauses.flatMap((clause) => clause.anyOf) });
}

/** The message that a query-like thing stands for. */
export function toQuery(query: QueryLike): Query {
  return typeof query === "string" ? encoded(query) : create(QuerySchema, query);
}
