package main

import (
	"fmt"
	"os"
	"reflect"
	"sort"

	"github.com/turbot/go-servicenow/servicenow"
)

// instance is where the instance is and who may use it, as the test that runs this says in the environment.
type instance struct {
	http, https, username, password, clientID, clientSecret string
}

func fromEnvironment() instance {
	return instance{
		http:         os.Getenv("INSTANCE_HTTP"),
		https:        os.Getenv("INSTANCE_HTTPS"),
		username:     os.Getenv("INSTANCE_USERNAME"),
		password:     os.Getenv("INSTANCE_PASSWORD"),
		clientID:     os.Getenv("INSTANCE_CLIENT_ID"),
		clientSecret: os.Getenv("INSTANCE_CLIENT_SECRET"),
	}
}

// basic connects with a user's name and password.
func (i instance) basic(password string) (*servicenow.ServiceNow, error) {
	return servicenow.New(servicenow.Config{
		InstanceURL: i.https, BasicAuth: true, Username: i.username, Password: password,
	})
}

// oauth connects with a token of the given grant.
func (i instance) oauth(grant, username, password, secret string) (*servicenow.ServiceNow, error) {
	return servicenow.New(servicenow.Config{
		InstanceURL: i.https, GrantType: grant, ClientID: i.clientID, ClientSecret: secret,
		Username: username, Password: password,
	})
}

// row is a record whose references come without links, so that each value is text.
type row map[string]string

type list struct {
	Result []row `json:"result"`
}

// rows lists records of a table that a query picks, in pages of the given size.
func rows(client *servicenow.ServiceNow, table, query string, size int) ([]row, error) {
	var all []row
	for {
		var page list
		if err := client.NowTable.List(table, size, len(all), query, true, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Result...)
		if len(page.Result) < size {
			return all, nil
		}
	}
}

// column is a field of all rows, in their order.
func column(rows []row, field string) []string {
	values := make([]string, 0, len(rows))
	for _, each := range rows {
		values = append(values, each[field])
	}
	return values
}

func sorted(values []string) []string {
	values = append([]string{}, values...)
	sort.Strings(values)
	return values
}

// same fails unless both are equal; a short text says what was compared.
func same(what string, found, expected any) error {
	if reflect.DeepEqual(found, expected) {
		return nil
	}
	return fmt.Errorf("%s: found %v, expected %v", what, found, expected)
}

// first is the first error of several comparisons.
func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
