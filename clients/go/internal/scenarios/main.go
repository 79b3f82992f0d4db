// Command scenarios runs clients/scenarios.json with this client. Usage: scenarios URL FILE
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	sncgate "github.com/sncgate/sncgate/clients/go"
)

const name = "go"

type document struct {
	Clients   []string
	Scenarios []scenario
}

type scenario struct {
	Name  string
	Skip  map[string]string
	Steps []step
}

type step struct {
	Do     string
	With   map[string]any
	As     string
	Expect any
	Fails  any
}

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(url, path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	var all document
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	client, err := sncgate.Connect(url, sncgate.WithToken(os.Getenv("SNCGATE_TOKEN")))
	if err != nil {
		return err
	}
	defer client.Close()
	var passed, failed, skipped int
	for _, one := range all.Scenarios {
		if reason := one.Skip[name]; reason != "" {
			fmt.Printf("skip  %s: %s\n", one.Name, reason)
			skipped++
			continue
		}
		known := map[string]any{
			"client": name, "client_id": fmt.Sprintf("%012d", slices.Index(all.Clients, name)),
		}
		if err := one.run(client, known); err != nil {
			fmt.Printf("FAIL  %s: %v\n", one.Name, err)
			failed++
			continue
		}
		fmt.Printf("ok    %s\n", one.Name)
		passed++
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped)
	if failed > 0 {
		return errors.New("some scenarios failed")
	}
	return nil
}

func (s scenario) run(client *sncgate.Client, known map[string]any) error {
	for number, step := range s.Steps {
		if err := step.run(client, known); err != nil {
			return fmt.Errorf("step %d, %s%w", number+1, step.Do, err)
		}
	}
	return nil
}

func (s step) run(client *sncgate.Client, known map[string]any) error {
	arguments := filled(s.With, known).(map[string]any)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if instance, ok := arguments["instance"].(string); ok {
		client = client.ForInstance(instance)
		delete(arguments, "instance")
	}
	if deadline, ok := arguments["deadline_ms"].(float64); ok {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(deadline)*time.Millisecond)
		defer cancel()
		delete(arguments, "deadline_ms")
	}
	answer, err := perform(ctx, client, s.Do, arguments)
	var failure *sncgate.Error
	switch {
	case errors.As(err, &failure) && s.Fails != nil:
		return compare(filled(s.Fails, known), told(failure), "")
	case err != nil:
		return fmt.Errorf(": %w", err)
	case s.Fails != nil:
		return fmt.Errorf(": did not fail, but returned %.500v", answer)
	}
	if s.As != "" {
		known[s.As] = answer
	}
	if s.Expect == nil {
		return nil
	}
	return compare(filled(s.Expect, known), answer, "")
}
