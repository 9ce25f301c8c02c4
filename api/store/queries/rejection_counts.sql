SELECT reason, count(*) AS n FROM rejections GROUP BY reason ORDER BY n DESC, reason
