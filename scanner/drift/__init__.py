"""How far the company is from the policy that it has published: each `[[policy]]` rule, counted at every scan."""
