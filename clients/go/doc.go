// Package sncgate is the Go client of sncgate, a gateway to ServiceNow: records, typed and streamed.
//
// A [Client] connects, sends deadlines and credentials, repeats what is safe to repeat, and resumes streams that
// broke. Its methods take the requests of package sncgatev1, which also holds the stubs: the way down, for what the
// client does not cover. It keeps no state but its connection.
package sncgate
