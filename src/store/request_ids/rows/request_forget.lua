if is_ours() then forget(name) end
